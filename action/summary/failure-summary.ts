/** The summary of a step that failed before there was anything to tell. */
import type { Failure } from '../failure.ts';
import { quoted } from './bounded.ts';
import { code, plainText } from './markdown.ts';

/** Markdown that says what happened, its code, and the way out. */
export function renderFailureSummary({ code: name, title, message, wayOut }: Failure): string {
  const sentence = `**${plainText(quoted(message))}** (${code(name)})`;
  return `## ${plainText(title)}\n\n${sentence}\n\nWay out: ${plainText(quoted(wayOut))}\n\n`;
}
