// A real OpenID provider for tests, in a process of its own: `oidc-provider` with its sign-in pages for developers.
// Prints its issuer. PUT /accounts/<id> with JSON sets what it says of a user; PUT /redirect-uris with a list, where it sends browsers.
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const accounts = new Map();
const server = createServer();
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
const issuer = `http://127.0.0.1:${server.address().port}`;

const provider = new Provider(issuer, {
  clients: [
    {
      client_id: 'mocks',
      client_secret: 'a secret that the test knows',
      redirect_uris: JSON.parse(process.env.REDIRECT_URIS),
      grant_types: ['authorization_code'],
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts.get(id) }) }),
  pkce: { required: () => true },
  cookies: { keys: ['a key of the test'] },
});
const answer = provider.callback();

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

server.on('request', async (request, response) => {
  const account = /^\/accounts\/(\w+)$/.exec(request.url)?.[1];
  if (account === undefined || request.method !== 'PUT') return answer(request, response);
  accounts.set(account, await bodyOf(request));
  response.end();
});
process.stdout.write(`issuer ${issuer}\n`);
