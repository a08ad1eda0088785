// Requests of undici through the simulator as a proxy for HTTPS: node proxy.mjs HTTPS_URL CA
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { EnvHttpProxyAgent, ProxyAgent, fetch } from "undici";

const [url, ca] = process.argv.slice(2);
const proxy = url.replace("https:", "http:");
const requestTls = { ca: readFileSync(ca) };
const headers = { Authorization: "Bearer sk_car_demo", "Cartesia-Version": "2026-03-01" };

for (const dispatcher of [new ProxyAgent({ uri: proxy, requestTls }), new EnvHttpProxyAgent({ httpsProxy: proxy, requestTls })]) {
  const response = await fetch("https://api.cartesia.ai/agents", { dispatcher, headers });
  assert.equal(response.status, 200);
  await assert.rejects(fetch("https://api.example.com/", { dispatcher }), ({ cause }) => /404/.test(cause.cause ?? cause));
  await dispatcher.close();
}
console.log("undici through HTTPS_PROXY: ok");
