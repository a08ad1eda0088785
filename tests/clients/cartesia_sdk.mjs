// The official JavaScript SDK of Cartesia, unmodified, through all that it has for agents, numbers, calls and voices.
// Usage: node cartesia_sdk.mjs BASE_URL   (a world with the free plan and the default scenario's agent)
import assert from 'node:assert/strict';
import Cartesia from '@cartesia/cartesia-js';

const agent = 'agent_abc123';
const client = new Cartesia({ apiKey: 'sk_car_demo', baseURL: process.argv[2] });

assert.equal((await client.getStatus()).ok, true);
assert.deepEqual((await client.agents.list()).summaries.map((each) => each.id), [agent]);
assert.equal((await client.agents.retrieve(agent)).name, 'Customer support');
assert.equal((await client.agents.update(agent, { name: 'Front desk' })).name, 'Front desk');

const number = await client.post('/agents/phone-numbers/provision', { body: { label: 'Support', agent_id: agent } });
assert.match(number.number, /^\+1\d{10}$/);
assert.equal(number.agent.name, 'Front desk');
const [listed] = await client.agents.listPhoneNumbers(agent);
assert.equal(listed.number, number.number);
assert.equal(listed.is_cartesia_managed, true);

// The free plan has one slot: 402 has no class of its own in the SDK.
await assert.rejects(client.post('/agents/phone-numbers/provision', { body: { label: 'Another' } }), (error) => {
  assert.ok(error instanceof Cartesia.APIError);
  assert.deepEqual([error.status, error.error.error_code], [402, 'quota_exceeded']);
  return true;
});
await assert.rejects(client.delete(`/agents/phone-numbers/${number.id}`), Cartesia.BadRequestError);

const dialled = await client.post('/agents/calls', {
  body: { from_number_id: number.id, agent_id: agent, outbound_calls: [{ to_number: '+14155550199' }, { to_number: '+442079460123' }] },
});
assert.ok(dialled.calls[0].agent_call_id);
assert.ok(dialled.calls[1].error);
const calls = [];
for await (const call of client.agents.calls.list({ agent_id: agent, limit: 1 })) calls.push(call.id);
assert.deepEqual(calls, [dialled.calls[0].agent_call_id]);
assert.equal((await client.agents.calls.retrieve(calls[0])).status, 'completed');

await client.agents.calls.downloadAudio(calls[0]);
assert.equal((await client.agents.listTemplates()).templates.length, 2);
const metric = await client.agents.metrics.create({ name: 'polite', prompt: 'Was it polite?' });
assert.equal((await client.agents.metrics.retrieve(metric.id)).name, 'polite');
assert.deepEqual((await client.agents.metrics.list()).data.map((each) => each.id), [metric.id]);
await client.agents.metrics.addToAgent(metric.id, { agent_id: agent });
const outbound = { target_numbers: ['+14155550199'], agent_id: agent };
const older = await client.post('/twilio/call/outbound', { body: outbound });
const results = [];
for await (const result of client.agents.metrics.results.list({ agent_id: agent })) results.push(result.callId);
assert.deepEqual(results, [older.calls[0].agent_call_id]);
assert.ok((await client.agents.metrics.results.export({ agent_id: agent })).includes(results[0]));
await client.agents.metrics.removeFromAgent(metric.id, { agent_id: agent });
assert.deepEqual(await client.agents.deployments.list(agent), []);
await assert.rejects(client.agents.deployments.retrieve('ad_none'), Cartesia.NotFoundError);
assert.ok((await client.accessToken.create({ expires_in: 60 })).token);
const [voice] = (await client.voices.list({ limit: 1 })).data;
assert.equal((await client.voices.get(voice.id)).name, voice.name);

await client.patch(`/agents/phone-numbers/${number.id}`, { body: { agent_id: null } });
await client.delete(`/agents/phone-numbers/${number.id}`);
await assert.rejects(client.get(`/agents/phone-numbers/${number.id}`), Cartesia.NotFoundError);
await client.agents.delete(agent);
await assert.rejects(client.agents.retrieve(agent), Cartesia.NotFoundError);

// What may pass by itself is tried three times in all, the rest once; each status has its class.
const world = `${new URL(process.argv[2]).origin}/_simulator/worlds/default`;
const rule = async (then) => {
  await fetch(`${world}/rules`, { method: 'DELETE' }); // one behind a rule that always fires is refused
  const body = JSON.stringify({ when: { provider: 'cartesia' }, then });
  const added = await fetch(`${world}/rules`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  assert.equal(added.status, 201);
};
const classes = {
  400: Cartesia.BadRequestError, 401: Cartesia.AuthenticationError, 403: Cartesia.PermissionDeniedError,
  404: Cartesia.NotFoundError, 409: Cartesia.ConflictError, 422: Cartesia.UnprocessableEntityError,
  429: Cartesia.RateLimitError, 503: Cartesia.InternalServerError,
};
for (const [status, kind] of Object.entries(classes)) {
  await fetch(`${world}/requests`, { method: 'DELETE' });
  await rule({ status: Number(status), headers: { 'Retry-After-Ms': '1' }, body: { error_code: 'x', title: 'x' } });
  await assert.rejects(client.agents.list(), kind);
  const { total } = await (await fetch(`${world}/requests`)).json();
  assert.equal(total, ['409', '429', '503'].includes(status) ? 3 : 1, `requests that a ${status} costs`);
}
await rule({ fault: 'reset' });
await assert.rejects(client.agents.list({ maxRetries: 0 }), Cartesia.APIConnectionError);
await rule({ delay: '1h' });
await assert.rejects(client.agents.list({ maxRetries: 0, timeout: 50 }), Cartesia.APIConnectionTimeoutError);
await fetch(`${world}/reset`, { method: 'POST' });

const stranger = new Cartesia({ apiKey: 'not a key', baseURL: process.argv[2] });
await assert.rejects(stranger.agents.list(), Cartesia.AuthenticationError);
console.log('the JavaScript SDK of Cartesia: ok');
