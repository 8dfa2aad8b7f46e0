/**
 * The types of warpdrive's documents are written beside the shapes: each must have the fields that the other has.
 *
 * @module
 */

import { suite } from "uvu";
import * as assert from "uvu/assert";
import { decodeJson, encodeJson, type JsonObjectNode, type JsonShape } from "../../codec/json/mod.ts";
import {
  Info,
  Kept,
  LeftOut,
  LeftOutItem,
  Offer,
  OfferStatus,
  PathsOffer,
  Peer,
  Summary,
  Targets,
} from "../../codec/protocols/warpdrive/mod.ts";
import { StoredFile } from "../../src/warpdrive/offers/offered-file.ts";

const test = suite("warpdrive documents");

/** A test with a value of every field: the compiler refuses one field less and one more than the type has. */
function typed<T extends object>(name: string, shape: JsonShape<T>, value: Required<T>): void {
  test(`${name}: the type has the fields of the shape`, () => {
    const keys = (shape as JsonObjectNode).fields.map(({ key }) => key);
    assert.equal(keys.toSorted(), Object.keys(value).toSorted());
    assert.equal(decodeJson(shape, encodeJson(shape, value)), value as T);
  });
}

const leftOut: LeftOut = { Count: 2, Items: [{ Uri: "a", Reason: "link" }] };
const entry = { Uri: "a", Path: "b", Size: 3, IsDir: false, Perm: 0o644, Mime: "text/plain", Name: "c", Sha256: "d" };
const status = { Id: "a", In: true, Status: "failed", Index: 1, Progress: 2, Update: 3, Reason: "size" };

typed<Peer>("Peer", Peer, { Id: "a", Alias: "b", Mod: "c" });
typed<LeftOutItem>("LeftOutItem", LeftOutItem, { Uri: "a", Reason: "b" });
typed<LeftOut>("LeftOut", LeftOut, { Count: 1, Items: null });
typed<Info>("Info", Info, { ...entry, LeftOut: leftOut, ModifiedMs: 4 });
typed<OfferStatus>("OfferStatus", OfferStatus, status);
typed<Offer>("Offer", Offer, { ...status, Create: 4, Peer: "b", Files: [entry] });
typed<Summary>("Summary", Summary, {
  ...{ ...status, Create: 4, Peer: "b", Name: "c", Count: 5, Bytes: 6, Done: 7 },
  ...{ LeftOut: leftOut, Kept: { Same: 1, Different: 2, Unknown: 3 } },
});
typed<Kept>("Kept", Kept, { Same: 1, Different: 2, Unknown: 3 });
typed<PathsOffer>("PathsOffer", PathsOffer, { Peer: "a", Paths: ["b"] });
typed<Targets>("Targets", Targets, { Folder: "a", Names: ["b"] });
typed<StoredFile>("StoredFile", StoredFile, { ...entry, ModifiedMs: "1.5", Inode: "2:3" });

test.run();
