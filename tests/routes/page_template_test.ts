// The page with blanks: whatever stands around them, both encodings hold what was filled in.
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { createPageTemplate } from "../../routes/http/page_template.ts";

const BLANKS = ["019a0000-0000-7000-8000-00000000cafe", "1234567890123"];

Deno.test("a filled template equals the page with its blanks replaced, plain and unpacked, time after time", () => {
  const text = fc.string({ unit: "binary", maxLength: 300 }).map((text) => text.toWellFormed());
  const piece = fc.oneof(text, fc.constantFrom(...BLANKS), fc.constant("<p>again and again</p>".repeat(500)));
  const values = fc.tuple(fc.uuid(), fc.integer({ min: 1e12, max: 9e12 }).map(String));
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), fc.array(values, { minLength: 1 }), (pieces, visitors) => {
    const template = createPageTemplate(pieces.join(""), BLANKS);
    for (const [uid, time] of visitors) {
      const expected = pieces.join("").replaceAll(BLANKS[0]!, uid).replaceAll(BLANKS[1]!, time);
      const decode = (bytes: Uint8Array) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      assert.equal(decode(template.fill([uid, time], { gzip: false })), expected);
      assert.equal(decode(gunzipSync(template.fill([uid, time], { gzip: true }))), expected);
    }
  }));
});

Deno.test("what was filled in before stays as it was, and a value of another length is refused", () => {
  const template = createPageTemplate(`<b>${BLANKS[0]}</b>`, BLANKS);
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  for (const gzip of [false, true]) {
    const before = template.fill([first, BLANKS[1]!], { gzip });
    const copy = before.slice();
    template.fill([second, BLANKS[1]!], { gzip });
    assert.deepEqual(before, copy);
  }
  assert.throws(() => template.fill(["short", BLANKS[1]!], { gzip: false }), RangeError);
});
