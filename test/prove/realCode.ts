/** What a line plays that runs chews as a process of its own: the program, and what is loaded into it. */
export const realCode = ['src/cli/main.ts', 'test/support/killAt.ts', 'test/support/greetForGuest.ts'];
