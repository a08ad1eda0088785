// The TypeScript of Truedy's page "Buying a Phone Number", step by step and as printed there; only the agent is ours.
const agentId = '1f4baf16-1540-4d91-9696-7f34b2f2cb77'

const response = await fetch(
  'https://api.truedy.ai/api/public/v1/telephony/numbers/search',
  {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${process.env.TRUEDY_API_KEY}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      country_code: 'US',
      area_code: '415',
      phone_number_type: 'local',
      page_size: 10,
    }),
  }
)
const { data: numbers } = await response.json()
numbers.forEach((n: { phone_number: string }) => console.log(n.phone_number))

const res = await fetch('https://api.truedy.ai/api/public/v1/telephony/numbers/purchase', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.TRUEDY_API_KEY}`,
    'Content-Type': 'application/json',
  },
  body: JSON.stringify({ phone_number: '+14155551234' }),
})
const { data: purchased } = await res.json()
const numberId = purchased.id

const BASE = 'https://api.truedy.ai/api/public/v1'
const headers = {
  Authorization: `Bearer ${process.env.TRUEDY_API_KEY}`,
  'Content-Type': 'application/json',
}

async function assignNumber(numberId: string, agentId: string, assignmentType: 'inbound' | 'outbound') {
  const res = await fetch(`${BASE}/telephony/numbers/assign`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ number_id: numberId, agent_id: agentId, assignment_type: assignmentType }),
  })
  if (!res.ok) throw new Error(`Assign failed: ${res.status}`)
  return res.json()
}

await assignNumber(numberId, agentId, 'outbound')
await assignNumber(numberId, agentId, 'inbound')
