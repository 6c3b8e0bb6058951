// A worker that has ended before it was asked anything.
throw new Error('no worker today');
