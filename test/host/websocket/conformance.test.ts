import { suite } from "uvu";
import { WebSocket as WsWebSocket } from "ws";
import { type WebSocketClass, webSocketHost } from "../../../src/host/websocket/host.ts";
import { conformance } from "../conformance/conformance.ts";
import { activeHandles } from "../handles.ts";

/** Nobody listens on this port of the loopback interface: it is reserved, and needs rights that tests don't have. */
const nobody = { peerId: "", addresses: ["ws://127.0.0.1:1/"] };

/** The suite, with one of the WebSockets that a runtime may have to connect with. */
function conformanceOf(name: string, webSocket: WebSocketClass): void {
  conformance(name, async () => {
    const before = await activeHandles();
    const listen = ["ws://127.0.0.1:0/"];
    const a = await webSocketHost({ peerId: "alice", listen, webSocket });
    const b = await webSocketHost({ peerId: "bob", listen, webSocket });
    const handles = async () => a.openHandles + b.openHandles + await activeHandles() - before;
    return { a, b, nobody, handles };
  });
}

conformanceOf("WebSocket host with ws", WsWebSocket);

const { WebSocket: platform } = globalThis;
if (platform !== undefined) {
  conformanceOf("WebSocket host with the platform's WebSocket", platform);
} else {
  const test = suite("WebSocket host with the platform's WebSocket");
  test.skip("this runtime has none", () => {});
  test.run();
}
