/**
 * Checks of a parsed offer by hand, into an object of its own, as one writes them behind `JSON.parse`.
 *
 * @module
 */

const UINT32_MAX = 0xffffffff;

function text(value) {
  if (typeof value !== "string") throw new TypeError("Not a text");
  return value;
}

function flag(value) {
  if (typeof value !== "boolean") throw new TypeError("Not a truth value");
  return value;
}

function integer(value) {
  if (!Number.isSafeInteger(value)) throw new TypeError("Not a safe integer");
  return value;
}

function unsigned32(value) {
  if (integer(value) < 0 || value > UINT32_MAX) throw new RangeError("Not an unsigned integer of 32 bits");
  return value;
}

function record(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("Not an object");
  return value;
}

function list(value) {
  if (!Array.isArray(value)) throw new TypeError("Not an array");
  return value;
}

function checkedInfo(value) {
  const { Uri, Path, Size, IsDir, Perm, Mime, Name } = record(value);
  return {
    Uri: text(Uri),
    Path: text(Path),
    Size: integer(Size),
    IsDir: flag(IsDir),
    Perm: unsigned32(Perm),
    Mime: text(Mime),
    Name: text(Name),
  };
}

/**
 * The offer in what `JSON.parse` returned.
 *
 * @throws TypeError or RangeError
 */
export function checkedOffer(value) {
  const { Id, In, Status, Index, Progress, Update, Create, Peer, Files } = record(value);
  return {
    Id: text(Id),
    In: flag(In),
    Status: text(Status),
    Index: integer(Index),
    Progress: integer(Progress),
    Update: integer(Update),
    Create: integer(Create),
    Peer: text(Peer),
    Files: list(Files).map(checkedInfo),
  };
}
