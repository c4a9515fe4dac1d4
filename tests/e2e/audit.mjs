// Runs the GraphQL-over-HTTP audits of the package graphql-http against a URL:
//   node audit.mjs http://127.0.0.1:4200/graphql
// and prints a list of {id, name, status, reason} as JSON.
import { serverAudits } from "graphql-http";

const [url] = process.argv.slice(2);
if (!url) {
  console.error("usage: node audit.mjs URL");
  process.exit(2);
}

const results = [];
for (const audit of serverAudits({ url })) {
  const { status, reason } = await audit.fn();
  results.push({ id: audit.id, name: audit.name, status, reason });
}
console.log(JSON.stringify(results));
