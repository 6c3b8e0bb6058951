const FNV_PRIME = 0x01000193;
const FNV_OFFSET_BASIS = 0x811c9dc5;

/**
 * A file name for a text: 16 hex digits, from two 32-bit FNV-1a hashes with different bases, the second over
 * the text backwards. Only to spread names: whoever uses the name must compare the text itself, for two texts
 * may share one. (`node:crypto` would cost every start 3 ms.)
 */
export function digest(text: string): string {
  let forwards = FNV_OFFSET_BASIS;
  let backwards = ~FNV_OFFSET_BASIS;
  for (let at = 0, end = text.length - 1; at <= end; at++) {
    forwards = Math.imul(forwards ^ text.charCodeAt(at), FNV_PRIME);
    backwards = Math.imul(backwards ^ text.charCodeAt(end - at), FNV_PRIME);
  }
  return hex(forwards) + hex(backwards);
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
