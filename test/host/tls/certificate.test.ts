import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parseHex } from "../../../codec/mod.ts";
import { HostError } from "../../../src/host/error.ts";
import {
  CERTIFICATE_BYTES_MAX,
  certificateOf,
  identityExtension,
  makeCertificate,
  peerIdOfCertificate,
} from "../../../src/host/tls/certificate.ts";
import { der, DerReader, TAG } from "../../../src/host/tls/der.ts";
import { Identity, PublicIdentity } from "../../../src/identity/mod.ts";

const test = suite("certificates of the TLS host");
const NOW_MS = Date.UTC(2026, 5, 1);
const alice = Identity.generate();

/** The certificates of libp2p's specification (tls/tls.md, "Test vectors"), by the numbers that they have there. */
const VECTORS = {
  ed25519:
    "308201773082011ea003020102020900f5bd0debaa597f52300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f34303936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d030107034200046bf9871220d71dcb3483ecdfcbfcc7c103f8509d0974b3c18ab1f1be1302d643103a08f7a7722c1b247ba3876fe2c59e26526f479d7718a85202ddbe47562358a37f307d307b060a2b0601040183a25a01010101ff046a30680424080112207fda21856709c5ae12fd6e8450623f15f11955d384212b89f56e7e136d2e17280440aaa6bffabe91b6f30c35e3aa4f94b1188fed96b0ffdd393f4c58c1c047854120e674ce64c788406d1c2c4b116581fd7411b309881c3c7f20b46e54c7e6fe7f0f300a06082a8648ce3d040302034700304402207d1a1dbd2bda235ff2ec87daf006f9b04ba076a5a5530180cd9c2e8f6399e09d0220458527178c7e77024601dbb1b256593e9b96d961b96349d1f560114f61a87595",
  ecdsa:
    "308201c030820166a003020102020900eaf419a6e3edb4a6300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f34303936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d030107034200048dbf1116c7c608d6d5292bd826c3feb53483a89fce434bf64538a359c8e07538ff71f6766239be6a146dcc1a5f3bb934bcd4ae2ae1d4da28ac68b4a20593f06ba381c63081c33081c0060a2b0601040183a25a01010101ff0481ae3081ab045f0803125b3059301306072a8648ce3d020106082a8648ce3d0301070342000484b93fa456a74bd0153919f036db7bc63c802f055bc7023395d0203de718ee0fc7b570b767cdd858aca6c7c4113ff002e78bd2138ac1a3b26dde3519e06979ad04483046022100bc84014cea5a41feabdf4c161096564b9ccf4b62fbef4fe1cd382c84e11101780221009204f086a84cb8ed8a9ddd7868dc90c792ee434adf62c66f99a08a5eba11615b300a06082a8648ce3d0403020348003045022054b437be9a2edf591312d68ff24bf91367ad4143f76cf80b5658f232ade820da022100e23b48de9df9c25d4c83ddddf75d2676f0b9318ee2a6c88a736d85eab94a912f",
  secp256k1:
    "3082018230820128a003020102020900f3b305f55622cfdf300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f34303936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d0301070342000458f7e9581748ff9bdd933b655cc0e5552a1248f840658cc221dec2186b5a2fe4641b86ab7590a3422cdbb1000cf97662f27e5910d7569f22feed8829c8b52e0fa38188308185308182060a2b0601040183a25a01010101ff0471306f042508021221026b053094d1112bce799dc8026040ae6d4eb574157929f1598172061f753d9b1b04463044022040712707e97794c478d93989aaa28ae1f71c03af524a8a4bd2d98424948a782302207b61b7f074b696a25fb9e0059141a811cccc4cc28042d9301b9b2a4015e87470300a06082a8648ce3d04030203480030450220143ae4d86fdc8675d2480bb6912eca5e39165df7f572d836aa2f2d6acfab13f8022100831d1979a98f0c4a6fb5069ca374de92f1a1205c962a6d90ad3d7554cb7d9df4",
  invalid:
    "308201773082011da003020102020830a73c5d896a1109300a06082a8648ce3d04030230003020170d3735303130313030303030305a180f34303936303130313030303030305a30003059301306072a8648ce3d020106082a8648ce3d03010703420004bbe62df9a7c1c46b7f1f21d556deec5382a36df146fb29c7f1240e60d7d5328570e3b71d99602b77a65c9b3655f62837f8d66b59f1763b8c9beba3be07778043a37f307d307b060a2b0601040183a25a01010101ff046a3068042408011220ec8094573afb9728088860864f7bcea2d4fd412fef09a8e2d24d482377c20db60440ecabae8354afa2f0af4b8d2ad871e865cb5a7c0c8d3dbdbf42de577f92461a0ebb0a28703e33581af7d2a4f2270fc37aec6261fcc95f8af08f3f4806581c730a300a06082a8648ce3d040302034800304502202dfb17a6fa0f94ee0e2e6a3b9fb6e986f311dee27392058016464bd130930a61022100ba4b937a11c8d3172b81e7cd04aedb79b978c4379c2b5b24d565dd5d67d3cb3c",
} as const;

/** A key for certificates. */
function newKey(namedCurve = "P-256"): { privateKey: KeyObject; spki: Uint8Array } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve });
  return { privateKey, spki: new Uint8Array(publicKey.export({ type: "spki", format: "der" })) };
}

function refused(bytes: Uint8Array, reason: RegExp, nowMs = NOW_MS): void {
  let found: unknown;
  try {
    peerIdOfCertificate(bytes, nowMs);
  } catch (error) {
    found = error;
  }
  assert.instance(found, HostError);
  assert.is((found as HostError).code, "protocol");
  assert.match((found as HostError).message, reason);
}

test("the specification's certificate of a secp256k1 key proves its peer id", () => {
  const { astralIdentity } = PublicIdentity.fromPeerId("16Uiu2HAm2dSCBFxuge46aEt7U1oejtYuBUZXxASHqmcfVmk4gsbx");
  assert.is(peerIdOfCertificate(parseHex(VECTORS.secp256k1), NOW_MS), astralIdentity);
});

test("the specification's certificates of other keys are told by their type", () => {
  refused(parseHex(VECTORS.ed25519), /its identity is a key of Ed25519, not a key of secp256k1$/);
  refused(parseHex(VECTORS.ecdsa), /its identity is a key of ECDSA, not a key of secp256k1$/);
  refused(parseHex(VECTORS.invalid), /its identity is a key of Ed25519/);
});

test("a changed bit anywhere in the specification's certificate is noticed", () => {
  const good = parseHex(VECTORS.secp256k1);
  for (let index = 0; index < good.length; index++) {
    const bytes = good.slice();
    bytes[index] ^= 1 << (index % 8);
    refused(bytes, /./);
  }
  for (let length = 0; length < good.length; length++) refused(good.slice(0, length), /garbled/);
  refused(Uint8Array.of(...good, 0), /garbled/);
});

test("our certificates are read by the platform, and prove the identity", async () => {
  const { cert, key } = await makeCertificate(alice);
  const read = new X509Certificate(cert);
  assert.is(read.subject, "CN=warpwire");
  assert.ok(createPublicKey(createPrivateKey(key)).equals(read.publicKey));
  assert.ok(read.verify(read.publicKey));
  assert.is(peerIdOfCertificate(new Uint8Array(read.raw), NOW_MS), alice.astralIdentity);
  for (const nowMs of [0, Date.UTC(9999, 11, 31)]) {
    assert.is(peerIdOfCertificate(new Uint8Array(read.raw), nowMs), alice.astralIdentity);
  }
});

test("a certificate is good from its beginning to its end", () => {
  const { privateKey, spki } = newKey();
  const bytes = certificateOf(alice, spki, privateKey, { valid: ["260101000000Z", "20600101000000Z"] });
  const [begin, end] = [Date.UTC(2026, 0, 1), Date.UTC(2060, 0, 1)];
  refused(bytes, /it is not valid yet$/, begin - 1);
  for (const nowMs of [begin, end]) assert.is(peerIdOfCertificate(bytes, nowMs), alice.astralIdentity);
  refused(bytes, /it has expired$/, end + 1);
  for (const time of ["261301000000Z", "260230000000Z", "260101000060Z", "20260101000000", "2601010000Z"]) {
    refused(certificateOf(alice, spki, privateKey, { valid: [time, "20600101000000Z"] }), /garbled: a time is none$/);
  }
});

test("an identity counts only for the key that it has signed", () => {
  const [{ privateKey, spki }, other] = [newKey(), newKey()];
  const stolen = identityExtension(alice, other.spki);
  refused(certificateOf(alice, spki, privateKey, { extensions: [stolen] }), /has not signed its key$/);
  refused(certificateOf(alice, spki, other.privateKey), /it is not signed by its own key$/);
});

test("what certificates say besides does not matter, unless it is critical", () => {
  const { privateKey, spki } = newKey();
  const mine = identityExtension(alice, spki);
  const another = (isCritical: boolean) =>
    der(
      TAG.sequence,
      der(TAG.oid, Uint8Array.of(0x2a, 0x03)),
      ...(isCritical ? [der(TAG.boolean, Uint8Array.of(0xff))] : []),
      der(TAG.octets, Uint8Array.of(1)),
    );
  const check = (...extensions: Uint8Array[]) => certificateOf(alice, spki, privateKey, { extensions });
  assert.is(peerIdOfCertificate(check(another(false), mine), NOW_MS), alice.astralIdentity);
  refused(check(mine, another(true)), /critical extension that is not known here$/);
  refused(check(another(false)), /it names no identity$/);
  refused(check(mine, mine), /it names two identities$/);
});

test("keys of the usual curves are taken, and what describes its own curve is not", () => {
  const { privateKey: strong, spki: wide } = newKey("P-384");
  assert.is(peerIdOfCertificate(certificateOf(alice, wide, strong), NOW_MS), alice.astralIdentity);
  const { privateKey, spki } = newKey();
  const point = new DerReader(spki).enter(TAG.sequence);
  const { contents: algorithm } = point.next(TAG.sequence);
  const own = der(TAG.sequence, algorithm.subarray(0, 9), der(TAG.sequence, Uint8Array.of(2, 1, 1)));
  const explicit = der(TAG.sequence, own, point.next(TAG.bits).whole);
  refused(certificateOf(alice, explicit, privateKey), /garbled: the tag 48 stands where 6 should be$/);
});

test("what is larger than any certificate is not looked at", () => {
  refused(new Uint8Array(CERTIFICATE_BYTES_MAX + 1), /it has 4097 bytes$/);
  refused(new Uint8Array(CERTIFICATE_BYTES_MAX), /garbled/);
});

test("DER has one encoding for each value", () => {
  for (const length of [0, 127, 128, 255, 256, 65535]) {
    const value = der(TAG.octets, new Uint8Array(length));
    const reader = new DerReader(value);
    assert.is(reader.next(TAG.octets).contents.length, length);
    reader.end();
  }
  assert.throws(() => der(TAG.octets, new Uint8Array(65536)), /too long/);
  for (const hex of ["0480", "048100", "04817f" + "00".repeat(127), "0482007f", "048300ffff", "0401", "04", "05"]) {
    assert.throws(() => new DerReader(parseHex(hex)).next(TAG.octets), undefined, hex);
  }
});

test.run();
