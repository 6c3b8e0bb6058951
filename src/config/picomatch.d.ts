/** What is used of the package, which has no types of its own. */
declare module 'picomatch' {
  const picomatch: {
    /** The regular expression of a glob. Throws a SyntaxError when its brackets do not match. */
    makeRe(glob: string, options: { strictBrackets: boolean }): RegExp;
  };
  export default picomatch;
}
