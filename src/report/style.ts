/** The colours and weights that reports use. */
export type StyleName = 'red' | 'green' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Puts text into a colour, or leaves it alone where colours are off. */
export type Style = (name: StyleName, text: string) => string;

/** For what is no terminal. */
export const PLAIN: Style = (_name, text) => text;
