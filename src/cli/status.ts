/** What the process's exit status says; `run` gives the guest's own code where the guest ended by itself. */
export const STATUS = {
  ok: 0,
  testsFailed: 1,
  usage: 2,
  timeout: 124,
  guestkitFailed: 125,
  guestCrashed: 126,
  interrupted: 130,
} as const;
