export {
  CONFIG,
  type AiConfig,
  type Config,
  type DatabaseConfig,
  type Limits,
  type LogLevel,
  type OidcConfig,
  type SignInConfig,
  type TracingConfig,
} from './config';
export { type GroupRole } from './rules';
export { ConfigError } from './config-error';
export { ConfigModule } from './config.module';
export { describeSettings, settingsAsMarkdown } from './describe-settings';
export { readConfig } from './read-config';
export { type SettingName, settingNames, settingOf } from './settings';
