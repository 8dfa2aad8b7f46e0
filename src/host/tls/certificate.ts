/**
 * Certificates by which peers prove their identities in TLS, as libp2p has them
 * (https://github.com/libp2p/specs/blob/master/tls/tls.md): signed by a key of their own, with an extension in which the
 * identity signs that key. TLS itself proves that the other side has the key of its certificate.
 *
 * @module
 */

import { createHash, createPublicKey, generateKeyPair, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { formatHex } from "../../../codec/mod.ts";
import { equalBytes } from "../../bytes.ts";
import { type Identity, PUBLIC_KEY_BYTES, type PublicIdentity } from "../../identity/mod.ts";
import { HostError } from "../error.ts";
import { der, DerError, DerReader, TAG } from "./der.ts";

/** Certificates with more bytes are not looked at; ours have less than 500. */
export const CERTIFICATE_BYTES_MAX = 4096;
/** How many certificates are remembered that were found good: a peer shows the same one for each stream. */
const CHECKED_MAX = 1024;

/** Before the key that an identity signs, so that nothing else that it signs can be taken for that. */
const SIGNED_PREFIX = utf8ToBytes("libp2p-tls-handshake:");
/** libp2p's protobuf `PublicKey` of a secp256k1 key, up to its 33 bytes: field 1, the type, is 2; field 2, the data. */
const KEY_HEAD = Uint8Array.of(0x08, 0x02, 0x12, PUBLIC_KEY_BYTES);
/** The other types of keys that libp2p has. */
const KEY_TYPES = ["RSA", "Ed25519", "Secp256k1", "ECDSA"];

/** Contents of object identifiers: libp2p's extension (1.3.6.1.4.1.53594.1.1), algorithms, and the name of a subject. */
const OID = {
  libp2p: Uint8Array.of(0x2b, 0x06, 0x01, 0x04, 0x01, 0x83, 0xa2, 0x5a, 0x01, 0x01),
  curveKey: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01),
  ecdsaSha256: Uint8Array.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02),
  commonName: Uint8Array.of(0x55, 0x04, 0x03),
} as const;
const VERSION_3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02);

/** How certificates are signed that are taken, with the hash; the other side chose, so nothing weak is among them. */
const ALGORITHMS: Readonly<Record<string, string | null>> = {
  "2a8648ce3d040302": "sha256",
  "2a8648ce3d040303": "sha384",
  "2a8648ce3d040304": "sha512",
  "2b6570": null,
};

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate for an identity, with a fresh key. It is valid for ever: it ends with the key, which nobody keeps. */
export async function makeCertificate(identity: Identity): Promise<Certificate> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("ec", { namedCurve: "P-256" });
  const bytes = certificateOf(identity, publicKey.export({ type: "spki", format: "der" }), privateKey);
  const lines = btoa(String.fromCharCode(...bytes)).replace(/.{64}/g, "$&\n");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

/** What a certificate says besides the identity and its key. For tests: what others may say. */
export interface CertificateText {
  /** From when to when it is valid: `yymmddhhmmssZ`, or `yyyymmddhhmmssZ` from 2050 on. */
  readonly valid?: readonly [string, string];
  /** Its extensions, as DER. */
  readonly extensions?: readonly Uint8Array[];
}

/** The bytes of a certificate. Nothing in them tells when, where or by what it was made. */
export function certificateOf(
  identity: Identity,
  spki: Uint8Array,
  privateKey: KeyObject,
  { valid: [begin, end] = ["700101000000Z", "99991231235959Z"], extensions = [] }: CertificateText = {},
): Uint8Array {
  const algorithm = der(TAG.sequence, der(TAG.oid, OID.ecdsaSha256));
  const name = der(
    TAG.sequence,
    der(TAG.set, der(TAG.sequence, der(TAG.oid, OID.commonName), der(TAG.utf8, utf8ToBytes("warpwire")))),
  );
  const all = extensions.length > 0 ? extensions : [identityExtension(identity, spki)];
  const body = der(
    TAG.sequence,
    VERSION_3,
    der(TAG.integer, Uint8Array.of(1)),
    algorithm,
    name,
    der(TAG.sequence, timeOf(begin), timeOf(end)),
    name,
    spki,
    der(0xa3, der(TAG.sequence, ...all)),
  );
  const signature = sign("sha256", body, privateKey);
  return der(TAG.sequence, body, algorithm, der(TAG.bits, Uint8Array.of(0), signature));
}

/** The extension in which an identity signs the key of a certificate. */
export function identityExtension(identity: Identity, spki: Uint8Array): Uint8Array {
  const signed = concatBytes(SIGNED_PREFIX, spki);
  const signature = secp256k1.sign(signed, identity.toSecret(), { format: "der" });
  const key = concatBytes(KEY_HEAD, identity.publicKey);
  const signedKey = der(TAG.sequence, der(TAG.octets, key), der(TAG.octets, signature));
  return der(TAG.sequence, der(TAG.oid, OID.libp2p), der(TAG.octets, signedKey));
}

/** Good certificates by their SHA-256, the oldest first, with what has to be looked at each time. */
const checked = new Map<string, Checked>();

interface Checked {
  readonly peerId: PublicIdentity["astralIdentity"];
  readonly beginMs: number;
  readonly endMs: number;
}

/**
 * The identity that a certificate proves, as 66 hex digits, if the other side has proven that it has the certificate's
 * key.
 *
 * @param bytes The certificate as DER
 * @throws HostError `protocol` for a certificate that proves nothing, or not now
 */
export function peerIdOfCertificate(bytes: Uint8Array, nowMs: number): string {
  if (bytes.length > CERTIFICATE_BYTES_MAX) throw unproven(`it has ${bytes.length} bytes`);
  const name = createHash("sha256").update(bytes).digest("hex");
  let found = checked.get(name);
  if (found === undefined) {
    found = checkedCertificate(bytes);
    if (checked.size === CHECKED_MAX) checked.delete(checked.keys().next().value!);
    checked.set(name, found);
  }
  if (nowMs < found.beginMs) throw unproven("it is not valid yet");
  if (nowMs > found.endMs) throw unproven("it has expired");
  return found.peerId;
}

function checkedCertificate(bytes: Uint8Array): Checked {
  try {
    return checkCertificate(bytes);
  } catch (error) {
    if (error instanceof DerError) throw unproven(`it is garbled: ${error.message}`, error);
    throw error;
  }
}

function checkCertificate(bytes: Uint8Array): Checked {
  const outer = new DerReader(bytes);
  const whole = outer.enter(TAG.sequence);
  outer.end();
  const { contents, whole: body } = whole.next(TAG.sequence);
  const { whole: algorithm } = whole.next(TAG.sequence);
  const signature = bitsOf(whole);
  whole.end();
  const parts = new DerReader(contents);
  if (!equalBytes(parts.next(0xa0).whole, VERSION_3)) throw unproven("it is not of version 3");
  checkSerial(parts.next(TAG.integer).contents);
  if (!equalBytes(parts.next(TAG.sequence).whole, algorithm)) throw new DerError("two algorithms are named");
  parts.next(TAG.sequence);
  const times = parts.enter(TAG.sequence);
  const [beginMs, endMs] = [readTime(times), readTime(times)];
  times.end();
  parts.next(TAG.sequence);
  const { whole: spki } = parts.next(TAG.sequence);
  // The names of issuer and subject by number, which no certificate has any more, are other tags than this one.
  const peerId = readExtensions(parts.enter(0xa3), spki);
  parts.end();
  checkSelfSigned({ algorithm, spki, body, signature });
  return { peerId, beginMs, endMs };
}

function bitsOf(reader: DerReader): Uint8Array {
  const { contents } = reader.next(TAG.bits);
  if (contents[0] !== 0) throw new DerError("bits are not whole bytes");
  return contents.subarray(1);
}

/** A number above zero, of at most 20 bytes, without zeros before it (RFC 5280, section 4.1.2.2). */
function checkSerial(number: Uint8Array): void {
  const [first = 0x80, second = 0] = number;
  if (first >= 0x80 || number.length > 20 || first === 0 && number.length > 1 && second < 0x80) {
    throw new DerError("the serial number is none");
  }
}

interface SelfSigned {
  readonly algorithm: Uint8Array;
  readonly spki: Uint8Array;
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
}

function checkSelfSigned({ algorithm, spki, body, signature }: SelfSigned): void {
  const named = new DerReader(algorithm).enter(TAG.sequence);
  const hash = ALGORITHMS[formatHex(named.next(TAG.oid).contents)];
  if (hash === undefined || !named.atEnd) throw unproven("it is signed in a way that is not known here");
  checkCurve(spki);
  let isSigned = false;
  try {
    isSigned = verify(hash, body, createPublicKey({ key: spki as never, format: "der", type: "spki" }), signature);
  } catch (cause) {
    throw unproven("its key cannot be used", cause);
  }
  if (!isSigned) throw unproven("it is not signed by its own key");
}

/** A curve must be named: one that is described instead may be made so that signatures can be forged. */
function checkCurve(spki: Uint8Array): void {
  const algorithm = new DerReader(spki).enter(TAG.sequence).enter(TAG.sequence);
  const { contents } = algorithm.next(TAG.oid);
  if (equalBytes(contents, OID.curveKey)) algorithm.next(TAG.oid);
  algorithm.end();
}

/** Finds the identity. Other extensions are passed over, unless they are marked as critical. */
function readExtensions(reader: DerReader, spki: Uint8Array): string {
  const list = reader.enter(TAG.sequence);
  reader.end();
  let peerId: string | null = null;
  while (!list.atEnd) {
    const extension = list.enter(TAG.sequence);
    const { contents: oid } = extension.next(TAG.oid);
    const isCritical = extension.tag === TAG.boolean && extension.next(TAG.boolean).contents[0] !== 0;
    const { contents: value } = extension.next(TAG.octets);
    extension.end();
    if (!equalBytes(oid, OID.libp2p)) {
      if (isCritical) throw unproven("it has a critical extension that is not known here");
    } else if (peerId === null) {
      peerId = readSignedKey(value, spki);
    } else {
      throw unproven("it names two identities");
    }
  }
  if (peerId === null) throw unproven("it names no identity");
  return peerId;
}

function readSignedKey(value: Uint8Array, spki: Uint8Array): string {
  const outer = new DerReader(value);
  const signedKey = outer.enter(TAG.sequence);
  outer.end();
  const { contents: key } = signedKey.next(TAG.octets);
  const { contents: signature } = signedKey.next(TAG.octets);
  signedKey.end();
  const publicKey = key.subarray(KEY_HEAD.length);
  if (publicKey.length !== PUBLIC_KEY_BYTES || !equalBytes(key.subarray(0, KEY_HEAD.length), KEY_HEAD)) {
    const type = key[0] === 0x08 ? KEY_TYPES[key[1]] : undefined;
    const given = type === undefined || type === "Secp256k1" ? "something else" : `a key of ${type}`;
    throw unproven(`its identity is ${given}, not a key of secp256k1`);
  }
  if (!isSignedBy(publicKey, concatBytes(SIGNED_PREFIX, spki), signature)) {
    throw unproven("the identity that it names has not signed its key");
  }
  return formatHex(publicKey);
}

function isSignedBy(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return secp256k1.verify(signature, message, publicKey, { format: "der", lowS: false });
  } catch {
    // Neither key nor signature need be what they should be.
    return false;
  }
}

/** A time as certificates have it: two digits of the year up to 2049, four from 2050 on. */
function timeOf(text: string): Uint8Array {
  return der(text.length === 13 ? TAG.utcTime : TAG.time, utf8ToBytes(text));
}

function readTime(reader: DerReader): number {
  const { tag } = reader;
  const text = String.fromCharCode(...reader.next(tag === TAG.utcTime ? TAG.utcTime : TAG.time).contents);
  const match = /^(\d{2,4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (match === null || match[1].length !== (tag === TAG.utcTime ? 2 : 4)) throw new DerError("a time is none");
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number);
  const full = tag === TAG.time ? year : year < 50 ? 2000 + year : 1900 + year;
  const time = Date.UTC(full, month - 1, day, hour, minute, second);
  const back = new Date(time).toISOString().replace(/\D/g, "").slice(0, 14);
  if (back !== `${String(full).padStart(4, "0")}${text.slice(-11, -1)}`) throw new DerError("a time is none");
  return time;
}

function unproven(reason: string, cause?: unknown): HostError {
  return new HostError("protocol", `The certificate of the other side does not prove an identity: ${reason}`, {
    cause,
  });
}
