import { stripVTControlCharacters } from 'node:util';

/** How many rows of a terminal lines take; a long one goes on in the next row. */
export function rowsOf(lines: readonly string[], columns: number): number {
  let rows = 0;
  for (const line of lines) rows += Math.max(1, Math.ceil(stripVTControlCharacters(line).length / columns));
  return rows;
}

/**
 * As much of some blocks of lines as there is room for: every block whole, else some of them with their first
 * line alone, else the first ones and how many more there are. Where there is no room at all, only that.
 */
export function fitBlocks(blocks: readonly (readonly string[])[], room: number, columns: number): string[] {
  const lines: string[] = [];
  let left = room;
  for (const [index, block] of blocks.entries()) {
    const behind = blocks.length - index - 1;
    const whole = rowsOf(block, columns);
    const head = rowsOf(block.slice(0, 1), columns);
    if (whole + behind <= left) {
      lines.push(...block);
      left -= whole;
    } else if (head + Math.min(behind, 1) <= left) {
      lines.push(...block.slice(0, 1));
      left -= head;
    } else {
      lines.push(`... ${behind + 1} more`);
      break;
    }
  }
  return lines;
}
