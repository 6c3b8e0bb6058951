import type { FailureReason, PendingGolden, Verdict } from '../golden/verdict.ts';
import type { SuiteStart, SuiteSummary } from './reporter.ts';

/**
 * The JSON report, as `docs/reports.md` describes it. What may be missing is `null`, bytes are objects with
 * `base64`, 64-bit numbers are hexadecimal text. A change that an older reader would misread, or a member
 * that merging needs and older reports lack, is a new version.
 */
export const REPORT_FORMAT = 'guestkit-report';
export const REPORT_VERSION = 1;

/** Output up to this many bytes stands in the report as text too. */
const TEXT_LIMIT = 65_536;

/** What of a verdict may be absent, without which the rest is the same in JSON. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export function encodeStart({ shard, attempts, updating }: SuiteStart): Json {
  return {
    shard: shard === undefined ? null : { index: shard.index, count: shard.count, cut: shard.cut ?? null },
    attempts: attempts ?? 1,
    updating: updating ?? false,
  };
}

export function encodeEnd(summary: SuiteSummary): Json {
  const { counts, durationMs, obsolete, pruned, interrupted, bailed, notRun } = summary;
  return { counts: { ...counts }, durationMs, obsolete, pruned, interrupted, bailed, notRun };
}

export function encodeCase(verdict: Verdict, wrote: readonly string[]): Json {
  const { name, source, line, stem } = verdict.case;
  const { status, durationMs, attempts } = verdict;
  return { name, source, line, stem, status, durationMs, attempts, wrote, ...encodeStatus(verdict) };
}

function encodeStatus(verdict: Verdict): { readonly [key: string]: Json } {
  switch (verdict.status) {
    case 'passed':
      return { outcome: encodeOutcome(verdict.outcome) };
    case 'skipped':
      return { why: verdict.why };
    case 'error':
      return { error: encodeError(verdict.error) };
    case 'new':
      return {
        outcome: encodeOutcome(verdict.outcome),
        pending: verdict.pending.map(encodePending),
        refusal: verdict.refusal === undefined ? null : { ...verdict.refusal },
      };
    case 'failed':
      return {
        outcome: encodeOutcome(verdict.outcome),
        reasons: verdict.reasons.map(encodeReason),
        pending: verdict.pending.map(encodePending),
        refusal: verdict.refusal === undefined ? null : { ...verdict.refusal },
      };
  }
}

function encodeOutcome(outcome: Extract<Verdict, { status: 'passed' }>['outcome']): Json {
  if (outcome.kind !== 'crashed') return { ...outcome };
  const { event } = outcome;
  switch (event.kind) {
    case 'debug':
      return { kind: 'crashed', event: { kind: event.kind, rip: hex(event.rip), dr6: hex(event.dr6) } };
    case 'fail-entry':
      return { kind: 'crashed', event: { kind: event.kind, hardwareReason: hex(event.hardwareReason) } };
    case 'internal-error':
      return {
        kind: 'crashed',
        event: { kind: event.kind, suberror: event.suberror, data: event.data.map(hex) },
      };
    default:
      return { kind: 'crashed', event: { ...event } };
  }
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function encodeReason(reason: FailureReason): Json {
  switch (reason.kind) {
    case 'outcome':
    case 'routine':
      return { kind: reason.kind, message: reason.message };
    case 'expectation':
      return { kind: reason.kind, line: reason.line, message: reason.message, notes: reason.notes };
    case 'golden': {
      const { kind, channel, path, diff, at, writtenBy } = reason;
      return {
        kind,
        channel,
        path,
        at: { offset: at.offset, line: at.line, column: at.column },
        writtenBy:
          writtenBy === undefined
            ? null
            : { file: writtenBy.file, line: writtenBy.line, text: writtenBy.text },
        diff: diff.map((line) => ({ kind: line.kind, text: line.text })),
      };
    }
  }
}

function encodePending({ channel, path, expected, actual }: PendingGolden): Json {
  return {
    channel,
    path,
    expected: expected === undefined ? null : encodeBytes(expected),
    actual: encodeBytes(actual),
  };
}

function encodeBytes(bytes: Uint8Array): Json {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { length: bytes.length, text: textOf(bytes), base64: buffer.toString('base64') };
}

/** The bytes as text where they are UTF-8, and not many. */
function textOf(bytes: Uint8Array): string | null {
  if (bytes.length > TEXT_LIMIT) return null;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function encodeError(error: Extract<Verdict, { status: 'error' }>['error']): Json {
  const { code, message, hint, diagnostics, place } = error;
  return {
    code,
    message,
    hint: hint ?? null,
    place: place === undefined ? null : { file: place.file, line: place.line, column: place.column },
    diagnostics:
      diagnostics === undefined
        ? null
        : diagnostics.map((said) => ({
            file: said.file,
            line: said.line ?? null,
            severity: said.severity,
            message: said.message,
            flag: said.flag ?? null,
            notes: said.notes.map((note) => ({ file: note.file, line: note.line, message: note.message })),
          })),
  };
}
