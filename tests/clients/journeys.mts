// A journey at each provider through a client whose types are generated from the served spec: it must compile and run.
// Usage: node journeys.mjs SERVER_URL   (the world `default`)
import assert from 'node:assert/strict';
import createClient from 'openapi-fetch';
import type { paths as Cald } from './cald.js';
import type { paths as Cartesia } from './cartesia.js';
import type { paths as Chirp } from './chirp.js';
import type { paths as Truedy } from './truedy.js';
import type { paths as Vantax } from './vantax.js';

const server = process.argv[2];

const cald = createClient<Cald>({
  baseUrl: `${server}/cald/client/api/v1`,
  headers: { Authorization: 'caldLiveDe39a3accb206dd615f30d118e519df0' },
});
const bought = await cald.POST('/phonenumbers', { body: { prefix: '+1212' } });
assert.ok(bought.data?.phoneNumber?.startsWith('+1212'));
const cancelled = await cald.DELETE('/phonenumbers/{phoneNumberId}', { params: { path: { phoneNumberId: bought.data!.phoneNumberId } } });
assert.equal(cancelled.data?.status, 'success');

const cartesia = createClient<Cartesia>({ baseUrl: `${server}/cartesia`, headers: { Authorization: 'Bearer sk_car_ts' } });
const header = { 'Cartesia-Version': '2026-03-01' } as const;
const provisioned = await cartesia.POST('/agents/phone-numbers/provision', { params: { header }, body: { label: 'Support' } });
assert.match(provisioned.data!.number, /^\+1/);
const full = await cartesia.POST('/agents/phone-numbers/provision', { params: { header }, body: { label: 'Another' } });
assert.equal(full.response.status, 402);

const chirp = createClient<Chirp>({ baseUrl: `${server}/chirp`, headers: { Authorization: 'Bearer sk_live_app_ts' } });
const assigned = await chirp.POST('/v1/phone-numbers', { body: { phoneNumberId: '550e8400-e29b-41d4-a716-446655440000' } });
assert.ok(assigned.data?.appId);

const truedy = createClient<Truedy>({
  baseUrl: `${server}/truedy/api/public/v1`,
  headers: { Authorization: `Bearer truedy_${'T'.repeat(32)}` },
});
const found = await truedy.POST('/telephony/numbers/search', { body: { area_code: '212', page_size: 5 } });
const sold = await truedy.POST('/telephony/numbers/purchase', { body: { phone_number: found.data!.data[0].phone_number } });
assert.equal(sold.data!.data.is_truedy_managed, true);

const vantax = createClient<Vantax>({ baseUrl: `${server}/vantax/v1`, headers: { Authorization: 'Bearer vx_live_ts' } });
const rented = await vantax.POST('/phone-numbers', { body: { sub_account_id: 'sub_8a1f4c2e', country: 'US', area_code: '415' } });
assert.equal(rented.data!.data.source, 'platform');
const listed = await vantax.GET('/phone-numbers', { params: { query: { sub_account_id: 'sub_8a1f4c2e' } } });
assert.deepEqual(listed.data!.data.map((each) => each.id), [rented.data!.data.id]);
console.log('TypeScript clients generated from five specs: ok');
