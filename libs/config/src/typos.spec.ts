import { readConfig } from './read-config';

describe('a variable that is nearly a setting', () => {
  it.each([
    ['WEBUI_PORT', 'WEB_UI_PORT'],
    ['DATABSE_URL', 'DATABASE_URL'],
    ['DATABASE_ULR', 'DATABASE_URL'],
    ['DATABASE_URL_FIEL', 'DATABASE_URL_FILE'],
    ['REDIS_URI', 'REDIS_URL'],
    ['MAPPING_DIR', 'MAPPINGS_DIR'],
    ['log_level', 'LOG_LEVEL'],
    ['port', 'PORT'],
  ])('%s gives a hint, and no more', (name, meant) => {
    expect(readConfig({ [name]: 'hunter2' }).warnings).toEqual([
      `${name} is not a setting and has no effect; did you mean ${meant}?`,
    ]);
  });

  it.each([
    'PATH',
    'HOSTNAME',
    'LOGNAME',
    'PWD',
    'DATABASE_USER',
    'REDIS_PORT_6379_TCP',
    'SORT',
    'HTTP_PROXY',
    'npm_config_port',
  ])('%s is not one', name => {
    expect(readConfig({ [name]: 'x' }).warnings).toEqual([]);
  });
});
