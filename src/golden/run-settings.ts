import { comments } from './comments.ts';
import { DirectiveError } from './directive-error.ts';
import { looksLikeDirective, splitSettings } from './directive-syntax.ts';
import { commentHead, directiveWord } from './directive-word.ts';
import type { Settings } from './plan.ts';
import { ALLOWED_SETTINGS, SETTING_NAMES, SettingsReader } from './settings.ts';

/**
 * What the `; guestkit:` comments of a source say, for those who run it without testing it: other comments,
 * though `; test: if the line is up` may not be a test, do not concern them.
 * Throws {@link DirectiveError} at the first thing that is wrong.
 */
export function parseRunSettings(source: string, file: string): Settings {
  const fail = (at: { line: number; column: number }, problem: string, hint?: string): never => {
    throw new DirectiveError(file, at.line, at.column, problem, hint);
  };
  const reader = new SettingsReader(fail);
  for (const comment of comments(source)) {
    const head = commentHead(comment.text);
    if (head !== undefined && directiveWord(head) === 'guestkit') {
      const settings = splitSettings(comment, head.end, 'guestkit:', fail);
      if (settings.length === 0) fail(comment, "there is no setting after 'guestkit:'", ALLOWED_SETTINGS);
      reader.read(settings);
    } else if (looksLikeDirective(comment.text, SETTING_NAMES)) {
      fail(comment, "this comment is not read: a directive begins with 'guestkit:'", ALLOWED_SETTINGS);
    }
  }
  return reader.settings;
}
