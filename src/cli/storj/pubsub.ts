/**
 * `publish`, `subscribe`, `events`, `subscriptions` and `unsubscribe`: events of topics, and of schemas.
 *
 * @module
 */

import { escapeText } from "../../../codec/mod.ts";
import { type ExactJson, exactJson } from "../../../codec/json/mod.ts";
import { pause, systemClock } from "../../host/timing/mod.ts";
import { jsonText } from "../../user-api/mod.ts";
import { type Arguments, type CommandOptions, type CommandSpec, positionals, textOption } from "../command.ts";
import { readTextFile } from "../input/mod.ts";
import { escapeJson } from "../json/mod.ts";
import { ServiceError } from "../service/mod.ts";
import { EventLines } from "./event-lines.ts";
import { type NodeAccess, withNode } from "./node-access.ts";
import { jsonArgument } from "./texts.ts";

/** How long a node that is there for the moment stays: those to whom it only told of an event ask for it by then. */
const STAY_MS = 1000;
/** A JSON object with the fields of an answer. */
type Answer = { readonly [key: string]: ExactJson };

const SCHEMA_OPTION: CommandOptions = {
  schema: {
    type: "string",
    value: "FILE",
    about: "in place of a topic, the file of a schema: events by what they say",
  },
};

/** Publishes an event. */
export const publishCommand: CommandSpec = {
  name: "publish",
  usage: "<topic> <event> | --schema FILE <event>",
  about: "tell an event to those who have subscribed to its topic",
  details:
    `An event is JSON; what is no JSON is a text. With its topic it has at most 8,103 bytes. The same event within a
minute is nothing new.`,
  options: SCHEMA_OPTION,
  async run(args, streams) {
    const schema = await schemaOf(args);
    const [topic, word] = schema === null
      ? positionals(args, ["topic", "event"])
      : ["", ...positionals(args, ["event"])];
    return await withNode(args, streams, async ({ call, checkPeers, config, isRunning, print, show, signal }) => {
      await checkPeers();
      show("publishing…");
      const event = jsonArgument(word);
      if (schema === null) await call("pubsub_publish", [topic, event]);
      else await call("publish", [word, schema.text]);
      if (!isRunning) await pause(systemClock, STAY_MS, signal);
      if (config.json) print(`${escapeJson(jsonText({ ...nameOf(schema, topic), event }))}\n`);
      else print("Published!\n");
    });
  },
};

/** Subscribes to events. */
export const subscribeCommand: CommandSpec = {
  name: "subscribe",
  usage: "<topic>… | --schema FILE [options]",
  about: "print the events of topics as they come",
  details:
    `A line for each event: texts as they are, other values as JSON; with several topics, the topic stands before it. It
stays until Ctrl-C. With --keep, the node that runs in the data folder subscribes instead, and keeps what comes for the
command events.`,
  options: {
    ...SCHEMA_OPTION,
    keep: { type: "boolean", about: "have the node that runs in the data folder subscribe, and return" },
  },
  async run(args, streams) {
    const schema = await schemaOf(args);
    const topics = schema === null ? positionals(args, ["topic"], { rest: true }) : positionals(args, []);
    if (args.options.keep === true) return await keep(args, streams, schema, topics);
    return await withNode(args, streams, async ({ listen, config, show, print, signal }) => {
      const lines = new EventLines(streams, config.json, { topics, schema: schema?.file ?? null, live: true });
      show("waiting for events…");
      const schemas = schema === null ? [] : [schema.text];
      const listening = listen({ topics, schemas }, (method, text) => {
        print("");
        lines.told(method, text);
      });
      await listening.catch((error) => {
        // That it is ended is its usual end.
        if (!signal.aborted) throw error;
      });
    });
  },
};

function keep(
  args: Arguments,
  streams: Parameters<CommandSpec["run"]>[1],
  schema: Schema | null,
  topics: readonly string[],
): Promise<number> {
  return withRunning(args, streams, async ({ call, config, print }) => {
    if (schema !== null) await call("subscribe", [schema.text]);
    else for (const topic of topics) await call("pubsub_subscribe", [topic]);
    for (const name of schema === null ? topics : [""]) {
      if (config.json) print(`${escapeJson(jsonText({ ...nameOf(schema, name), subscribed: true }))}\n`);
      else print(`Subscribed to '${escapeText(schema?.file ?? name)}'!\n`);
    }
  });
}

/** Prints events that have come. */
export const eventsCommand: CommandSpec = {
  name: "events",
  usage: "<topic> | --schema FILE [options]",
  about: "print the events that have come since the last time for what the node that runs has subscribed to",
  options: SCHEMA_OPTION,
  async run(args, streams) {
    const schema = await schemaOf(args);
    const topics = schema === null ? positionals(args, ["topic"]) : positionals(args, []);
    return await withRunning(args, streams, async ({ callText, config }) => {
      const lines = new EventLines(streams, config.json, { topics, schema: schema?.file ?? null, live: false });
      const [method, name] = schema === null ? ["pubsub_events", topics[0]] : ["events", schema.text];
      for (const event of exactJson(await callText(method, [name])) as ExactJson[]) lines.event(topics[0] ?? "", event);
      await lines.written();
    });
  },
};

/** Prints what is subscribed to. */
export const subscriptionsCommand: CommandSpec = {
  name: "subscriptions",
  usage: "[options]",
  about: "print the topics, and the schemas as JSON, that the node that runs has subscribed to",
  async run(args, streams) {
    positionals(args, []);
    return await withRunning(args, streams, async ({ callText, config, print }) => {
      for (const topic of exactJson(await callText("pubsub_subscriptions", [])) as ExactJson[]) {
        if (config.json) print(`${escapeJson(jsonText({ topic }))}\n`);
        else print(`${typeof topic === "string" ? escapeText(topic) : escapeJson(jsonText(topic))}\n`);
      }
      for (const schema of exactJson(await callText("subscriptions", [])) as Answer[]) {
        print(`${escapeJson(jsonText(config.json ? { schema } : schema))}\n`);
      }
    });
  },
};

/** Ends a subscription. */
export const unsubscribeCommand: CommandSpec = {
  name: "unsubscribe",
  usage: "<topic> | --schema FILE [options]",
  about: "end a subscription of the node that runs",
  details: "What has come of a topic can still be printed once with events.",
  options: SCHEMA_OPTION,
  async run(args, streams) {
    const schema = await schemaOf(args);
    const [topic = ""] = schema === null ? positionals(args, ["topic"]) : positionals(args, []);
    return await withRunning(args, streams, async ({ call, config, print }) => {
      if (schema === null) await call("pubsub_unsubscribe", [topic]);
      else await call("unsubscribe", [schema.text]);
      if (config.json) print(`${escapeJson(jsonText({ ...nameOf(schema, topic), subscribed: false }))}\n`);
      else print(`Unsubscribed from '${escapeText(schema?.file ?? topic)}'!\n`);
    });
  },
};

/** A schema, and the file that it is from. */
interface Schema {
  readonly file: string;
  readonly text: string;
}

async function schemaOf(args: Arguments): Promise<Schema | null> {
  const file = textOption(args, "schema");
  return file === undefined ? null : { file, text: await readTextFile(file) };
}

function nameOf(schema: Schema | null, topic: string): { readonly [key: string]: string } {
  return schema === null ? { topic } : { schema: schema.file };
}

/** Works with the node that runs: one that is there for the moment has subscribed to nothing. */
function withRunning(
  args: Arguments,
  streams: Parameters<CommandSpec["run"]>[1],
  work: (access: NodeAccess) => Promise<void>,
): Promise<number> {
  return withNode(args, streams, async (access) => {
    if (access.isRunning) return await work(access);
    const where = JSON.stringify(access.config.folder.path);
    throw new ServiceError("not-running", `No node runs in ${where}; the command "run" starts one`);
  }, { alone: true });
}
