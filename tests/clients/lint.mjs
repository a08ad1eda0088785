// Redocly's linter over the specs that its configuration names: a warning is as bad as an error.
// Usage: node lint.mjs CONFIGURATION   (in a folder with @redocly/cli installed)
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

const arguments_ = ['--no-install', 'redocly', 'lint', '--format=json', '--config', process.argv[2]];
const done = spawnSync('npx', arguments_, { encoding: 'utf8', maxBuffer: 1 << 26 });
const found = JSON.parse(done.stdout.slice(done.stdout.indexOf('{')));
for (const { severity, ruleId, message, location } of found.problems) {
  console.error(`${location[0].source.ref} ${location[0].pointer ?? ''}: ${severity} ${ruleId}: ${message}`);
}
assert.deepEqual(found.totals, { errors: 0, warnings: 0, ignored: 0 });
console.log('six specs by the rules of @redocly/cli: ok');
