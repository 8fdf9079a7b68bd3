// Who is at the page: signing in, and what one-time links lead to. Until somebody is known, the console waits (`window.admitted`).
// Tokens are in cookies that this script cannot read.
'use strict';

(() => {
  const byId = id => document.getElementById(id);
  const links = /^#\/(setup|invitation|password)\/([\w-]{1,200})$/;

  const pages = {
    'sign-in': { title: 'Sign in', text: '', button: 'Sign in', fields: ['email', 'password'] },
    setup: {
      title: 'Make the first admin',
      text: 'This server has no user yet. Whoever has this link becomes its admin.',
      button: 'Make the account',
      fields: ['email', 'name', 'password'],
    },
    invitation: {
      title: 'Join',
      text: 'Choose a password to make your account.',
      button: 'Make the account',
      fields: ['email', 'name', 'password'],
    },
    password: {
      title: 'Set a new password',
      text: 'All your other sign-ins end.',
      button: 'Set the password',
      fields: ['password'],
    },
  };

  class Refused extends Error {
    constructor(status, body) {
      super(body?.detail || body?.title || `The server answered ${status}.`);
      this.status = status;
    }
  }

  async function send(method, path, body) {
    const answer = await fetch(`/__admin/auth/${path}`, {
      method,
      headers: { accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: window.AbortSignal.timeout(30_000),
    });
    const json = await answer.json().catch(() => undefined);
    if (!answer.ok) throw new Refused(answer.status, json);
    return json;
  }

  const isKnown = () =>
    send('GET', 'me').then(
      () => true,
      error => (error.status === 401 ? false : Promise.reject(error)),
    );

  /**
   * True when the cookies say who this is; an old access token is renewed. One tab at a time: a refresh token is good once, and
   * the second use would end the sign-in.
   */
  async function isSignedIn() {
    if (await isKnown()) return true;
    const renew = async () => {
      if (await isKnown()) return true;
      return send('POST', 'refresh', {}).then(
        () => true,
        () => false,
      );
    };
    return window.navigator.locks ? window.navigator.locks.request('mock-server refresh', renew) : renew();
  }

  function fill({ title, text, button, fields }, { email, hasOidc, isNew }) {
    byId('account-title').textContent = title;
    byId('account-text').textContent = text;
    byId('account-text').hidden = text === '';
    byId('account-submit').textContent = button;
    for (const name of ['email', 'name', 'password']) {
      const field = byId(`account-${name}`);
      const isShown = fields.includes(name) && !(name === 'email' && email !== null);
      field.closest('label').hidden = !isShown;
      field.disabled = !isShown;
      field.required = isShown && name !== 'name';
    }
    byId('account-for').textContent = email === null ? '' : `For ${email}`;
    byId('account-for').hidden = email === null;
    byId('account-password').autocomplete = isNew ? 'new-password' : 'current-password';
    byId('account-password').minLength = isNew ? 12 : 0;
    byId('account-hint').hidden = !isNew;
    byId('account-oidc').hidden = !hasOidc;
  }

  function showForm(isShown) {
    byId('account').hidden = !isShown;
    byId('console').hidden = isShown;
  }

  function say(error) {
    const text = error instanceof TypeError ? 'The server does not answer. Try again.' : error.message;
    byId('account-error').textContent = text;
    byId('account-error').hidden = false;
  }

  /** Resolves when the form was sent and the server agreed. */
  function ask(page, { email = null, hasOidc = false, isNew = false, work }) {
    fill(pages[page], { email, hasOidc, isNew });
    showForm(true);
    byId('account-form').querySelector('input:not(:disabled)')?.focus();
    return new Promise(resolve => {
      const submit = async event => {
        event.preventDefault();
        byId('account-error').hidden = true;
        byId('account-submit').disabled = true;
        try {
          await work(Object.fromEntries(new window.FormData(byId('account-form'))));
          byId('account-form').removeEventListener('submit', submit);
          byId('account-form').reset();
          showForm(false);
          resolve();
        } catch (error) {
          say(error);
        } finally {
          byId('account-submit').disabled = false;
        }
      };
      byId('account-form').addEventListener('submit', submit);
    });
  }

  /** What a link leads to. One that is used up says so, and leads to the sign-in. */
  async function useLink(purpose, token) {
    const { email, workspace } = await send('POST', 'links/look', { token });
    if (workspace) pages.invitation.title = `Join workspace ${workspace}`;
    await ask(purpose, {
      email,
      isNew: true,
      work: ({ email: given, name, password }) =>
        send('POST', 'links/accept', {
          token,
          password,
          cookie: true,
          ...(given && { email: given }),
          ...(name && { name }),
        }),
    });
  }

  function takeLink() {
    const [, purpose, token] = links.exec(location.hash) ?? [];
    // The secret stays in no history and in no screenshot.
    if (purpose) window.history.replaceState(null, '', location.pathname + location.search);
    return purpose && { purpose, token };
  }

  async function admit() {
    const link = takeLink();
    const { auth, oidc, needsSetup } = await send('GET', 'options');
    if (auth === 'off') return;
    if (link) {
      try {
        return await useLink(link.purpose, link.token);
      } catch (error) {
        say(error);
      }
    }
    if (!link && (await isSignedIn())) return;
    if (needsSetup) say(new Error('There is no user yet: open the link that the server printed when it started.'));
    await ask('sign-in', {
      hasOidc: oidc,
      work: ({ email, password }) => send('POST', 'sign-in', { email, password, cookie: true }),
    });
  }

  window.renewSignIn = isSignedIn;
  window.admitted = admit().catch(error => {
    // The console shows what it can, and says why it cannot more.
    showForm(false);
    return error;
  });
  // A link that is opened while the page is there changes nothing but the hash.
  window.addEventListener('hashchange', () => links.test(location.hash) && location.reload());
})();
