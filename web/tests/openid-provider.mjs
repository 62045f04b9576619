// A real OpenID provider (https://github.com/panva/node-oidc-provider, certified) for the browser
// tests. Prints its issuer, reads the address that it may send browsers back to, then serves.
// Whoever signs in there under any name is known by that name; names on "guard" belong to guards.

import { createServer } from "node:http";
import { createInterface } from "node:readline/promises";

import Provider from "oidc-provider";

const server = createServer();
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;
process.stdout.write(`${issuer}\n`);

const [redirect_uri] = await createInterface(process.stdin)
  [Symbol.asyncIterator]()
  .next()
  .then(({ value }) => [value]);

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: "vedette",
      client_secret: process.env["CLIENT_SECRET"],
      redirect_uris: [redirect_uri],
      grant_types: ["authorization_code"],
      response_types: ["code"],
    },
  ],
  claims: {
    openid: ["sub"],
    profile: ["preferred_username", "groups"],
    email: ["email", "email_verified"],
  },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({
      sub: `subject-of-${id}`,
      preferred_username: id,
      groups: id.endsWith("guard") ? ["guards"] : [],
      email: `${id}@example.org`,
      email_verified: true,
    }),
  }),
  pkce: { required: () => true },
});
server.on("request", provider.callback());
process.stdout.write("ready\n");
