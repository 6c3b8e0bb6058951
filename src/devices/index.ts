export { DebugConsole, type DebugConsoleWiring } from './debug-console.ts';
export type { ByteSink, ByteSource, Device, InterruptLine } from './device.ts';
export { ExitPort, type ExitPortWiring } from './exit-port.ts';
export { Uart16550, type UartWiring } from './uart16550.ts';
