/** How bad it is. NASM's `critical` and `panic` are `fatal` here; its `info` and `note` become notes. */
export type Severity = 'warning' | 'error' | 'fatal';

/** A place that explains a diagnostic: a macro it came through, an earlier definition. */
export interface Note {
  file: string;
  line: number;
  message: string;
}

/** One thing NASM has to say about a source. NASM knows lines, not columns. */
export interface Diagnostic {
  /** As NASM names it, relative to the folder it ran in; the source itself where NASM names no file. */
  file: string;
  /** Counted from 1; `undefined` where NASM names none. */
  line: number | undefined;
  severity: Severity;
  /** Without the trailing `[-w+name]`. */
  message: string;
  /** The warning's class as `-w` takes it ("number-overflow", "error=orphan-labels"). */
  flag: string | undefined;
  notes: Note[];
}

/** A macro that calls itself yields 100,000 notes; nobody reads more than these. */
const MAX_NOTES = 12;

const LOCATED = /^(.+?):(\d+): (?:(warning|error|critical|fatal|panic|info|note|debug): |\.\.\. )(.*)$/;
const UNLOCATED = /^(?:(.+?): )?(warning|error|critical|fatal|panic): (.*)$/;
const FLAG = / \[-w\+([\w=-]+)\]$/;

/**
 * NASM's messages (the "gnu" format of its manual, section 2.1.16) as data, in NASM's order. What NASM says
 * twice word for word about one line (a line in a `%rep`) is kept once. Lines of no known form belong to the
 * message before them.
 * @param source the source as it was named to NASM
 */
export function parseDiagnostics(output: string, source: string): Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  let current: Diagnostic | undefined;
  let notesDropped = 0;
  const finishNotes = (): void => {
    const last = current?.notes.at(-1);
    if (last !== undefined && notesDropped > 0) {
      current?.notes.push({ ...last, message: `... and ${notesDropped} more notes` });
    }
    notesDropped = 0;
  };
  const begin = (diagnostic: Diagnostic): void => {
    finishNotes();
    current = diagnostic;
    const { file, line, severity, message } = diagnostic;
    const identity = `${file}\n${line}\n${severity}\n${message}`;
    if (seen.has(identity)) return;
    seen.add(identity);
    diagnostics.push(diagnostic);
  };

  for (const line of oneLineNames(output, source).split('\n')) {
    const located = LOCATED.exec(line);
    if (located !== null) {
      const [, name = '', number = '', severity, text = ''] = located;
      const message = restoreName(text, source);
      const file = restoreName(name, source);
      const lineNumber = Number(number);
      if (severity === undefined || severity === 'info' || severity === 'note' || severity === 'debug') {
        if (current === undefined) continue;
        if (current.notes.length < MAX_NOTES) current.notes.push({ file, line: lineNumber, message });
        else notesDropped++;
      } else {
        begin({ file, line: lineNumber, ...described(severity, message), notes: [] });
      }
      continue;
    }
    const unlocated = UNLOCATED.exec(line);
    if (unlocated !== null) {
      const [, name = 'nasm', severity = 'error', text = ''] = unlocated;
      const message = restoreName(text, source);
      const file = name === 'nasm' ? source : restoreName(name, source);
      begin({ file, line: undefined, ...described(severity, message), notes: [] });
      continue;
    }
    if (line.trim() === '') continue;
    if (current === undefined) {
      begin({ file: source, line: undefined, ...described('error', line.trim()), notes: [] });
    } else {
      current.message += `\n${line}`;
    }
  }
  finishNotes();
  return diagnostics;
}

function described(severity: string, text: string): Pick<Diagnostic, 'severity' | 'message' | 'flag'> {
  const flag = FLAG.exec(text)?.[1];
  return {
    severity: severity === 'warning' || severity === 'error' ? severity : 'fatal',
    message: text.replace(FLAG, '').trim(),
    flag,
  };
}

/** Stands for a source name that would itself be cut or taken for a location. NASM prints no NUL. */
const ODD_NAME = '\0';

function oneLineNames(text: string, source: string): string {
  return /\n|: /.test(source) ? text.replaceAll(source, ODD_NAME) : text;
}

/** A source with a leading dash is named to NASM behind `./`. */
function restoreName(name: string, source: string): string {
  const restored = name.replaceAll(ODD_NAME, () => source);
  return restored === `./${source}` ? source : restored;
}
