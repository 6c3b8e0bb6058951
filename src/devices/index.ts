export { DebugConsole } from './debug-console.ts';
export { ExitPort } from './exit-port.ts';
export { Uart16550 } from './uart16550.ts';
