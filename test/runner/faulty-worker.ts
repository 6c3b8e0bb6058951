import { writeFileSync } from 'node:fs';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { Lane } from '../../src/runner/lane.ts';
import { serveLane } from '../../src/runner/worker.ts';

// A worker that dies at sources with certain names, as one would with a fault in guestkit or in the host. Before
// it does, it leaves a file for those who wait for it.
const run = Lane.prototype.run;
Lane.prototype.run = function (source, prepared, signal) {
  const way = /(throws|exits|late)[^/]*$/.exec(source.path)?.[1];
  if (way !== undefined) writeFileSync('died', source.path);
  if (way === 'throws') throw new Error('a fault in the lane');
  if (way === 'exits') process.exit(7);
  if (way === 'late') setImmediate(() => process.exit(8));
  return run.call(this, source, prepared, signal);
};
serveLane(parentPort as MessagePort, workerData, () => undefined);
