import { ACCESS_COOKIE, OIDC_COOKIE, REFRESH_COOKIE } from './session-cookies';

test.each([
  ['access', ACCESS_COOKIE, '/__admin', 'Strict'],
  ['refresh', REFRESH_COOKIE, '/__admin/auth', 'Strict'],
  ['oidc', OIDC_COOKIE, '/__admin/auth/oidc', 'Lax'],
])('the cookie %s is for no script, for its paths, and on TLS for nothing else', (name, cookie, path, sameSite) => {
  const plain = cookie.write('v', { maxAgeSeconds: 60, isSecure: false });
  expect(plain).toBe(`__mock_server_${name}=v; Path=${path}; Max-Age=60; HttpOnly; SameSite=${sameSite}`);
  const secure = cookie.write('v', { maxAgeSeconds: 60, isSecure: true });
  expect(secure).toBe(
    `__Secure-mock_server_${name}=v; Path=${path}; Max-Age=60; HttpOnly; SameSite=${sameSite}; Secure`,
  );
  for (const line of [plain, secure]) expect(cookie.read(line.split(';')[0]!)).toBe('v');
  expect(cookie.remove().every(line => line.includes('=; ') && line.includes('Max-Age=0'))).toBe(true);
});

test.each(['', ';', '=', '__mock_server_access', 'a=__mock_server_access=x', '__mock_server_access_=x'])(
  '%j holds no access token',
  header => {
    expect(ACCESS_COOKIE.read(header)).toBeUndefined();
  },
);
