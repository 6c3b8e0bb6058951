import type { MessagePort } from 'node:worker_threads';
import type { serveLane } from '../runner/worker.ts';
import { ChunkLoader } from './chunk-loader.ts';

// As `main.ts`: nothing else is imported before the loader is there.

const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
const loader = new ChunkLoader(__dirname, require, 'worker');
const chunk = loader.load('./lane.cjs') as { serveLane: typeof serveLane };
// A worker does not come to its own end when the process does: what it compiled is kept behind the first run.
chunk.serveLane(parentPort as MessagePort, workerData, () => loader.keep());
