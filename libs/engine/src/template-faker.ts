import { type Faker } from '@faker-js/faker';
import { lazyLibraries } from './lazy-libraries';
import { seededRandom } from './seeded-random';
import { hashText } from './template-arguments';
import { numberOf } from './template-number';
import { TemplateError, type Helper, type HelperCall, type TemplateEnvironment } from './template-run';

/** Modules whose functions make plain values from nothing. `helpers` is not among them: it evaluates texts. */
const modules = new Set(
  'airline animal book color commerce company database datatype date finance food git hacker image internet location lorem music number person phone science string system vehicle word'.split(
    ' ',
  ),
);

/** Names of Java's faker, which WireMock's extension uses, where they differ by more than their first letter. */
const javaNames: Readonly<Record<string, string>> = {
  'name.name': 'person.fullName',
  'name.title': 'person.jobTitle',
  'name.username': 'internet.username',
  'internet.emailaddress': 'internet.email',
  'internet.domainname': 'internet.domainName',
  'internet.uuid': 'string.uuid',
  'internet.macaddress': 'internet.mac',
  'internet.ipv4address': 'internet.ipv4',
  'internet.ipv6address': 'internet.ipv6',
  'address.streetaddress': 'location.streetAddress',
  'address.streetname': 'location.street',
  'address.zipcode': 'location.zipCode',
  'address.cityname': 'location.city',
  'address.buildingnumber': 'location.buildingNumber',
  'address.fulladdress': 'location.streetAddress',
  'phonenumber.phonenumber': 'phone.number',
  'phonenumber.cellphone': 'phone.number',
  'company.industry': 'commerce.department',
  'company.catchphrase': 'company.catchPhrase',
  'commerce.productname': 'commerce.productName',
  'book.title': 'book.title',
  'bool.bool': 'datatype.boolean',
  'number.digit': 'string.numeric',
  'number.randomnumber': 'number.int',
  'job.title': 'person.jobTitle',
  'job.position': 'person.jobType',
  'job.field': 'person.jobArea',
  'color.name': 'color.human',
  'animal.name': 'animal.type',
  'lorem.characters': 'string.alpha',
  'idnumber.valid': 'string.numeric',
  'finance.creditcard': 'finance.creditCardNumber',
};

const javaModules: Readonly<Record<string, string>> = {
  name: 'person',
  address: 'location',
  phonenumber: 'phone',
  country: 'location',
  dragonball: 'word',
};

/** `random 'Name.firstName'` and `faker 'person.firstName' locale='de' seed=request.path.id`: one seed, one value. */
export const fakerHelpers: Readonly<Record<string, Helper>> = { faker: fake, random: fake };

const maxCount = 1_000;
const knownLocales = new Set(
  'af_ZA ar az bn_BD cs_CZ cy da de de_AT de_CH dv el en en_AU en_CA en_GB en_IE en_IN en_US eo es es_MX fa fi fr fr_BE fr_CA fr_CH he hr hu hy id_ID it ja ka_GE ko lv mk nb_NO ne nl nl_BE pl pt_BR pt_PT ro ru sk sr_RS_latin sv ta_IN th tr uk ur vi zh_CN zh_TW'.split(
    ' ',
  ),
);

/** The run that draws now: faker's generator asks it for chance. */
let drawing: Pick<TemplateEnvironment, 'random'> | undefined;
const fakers = new Map<string, Faker>();

function fake(call: HelperCall): unknown {
  const { args, hash, run } = call;
  const asked = args[0];
  if (typeof asked !== 'string') throw new TemplateError("needs a name such as 'person.firstName'");
  const locale = hashText(call, 'locale') ?? 'en';
  if (!knownLocales.has(locale)) throw new TemplateError(`there is no faker locale '${locale.slice(0, 20)}'`);
  const [module, name] = fakerName(asked);
  run.step(20);
  const seed = hash['seed'];
  drawing = seed === undefined ? run.environment : { random: seededRandom(run.text(seed)) };
  const faker = fakerOf(locale);
  const members = modules.has(module) ? (faker as unknown as Record<string, unknown>)[module] : undefined;
  const make =
    typeof members === 'object' && members !== null && /^[a-z][A-Za-z0-9]*$/.test(name) && name !== 'constructor'
      ? (members as Record<string, unknown>)[name]
      : undefined;
  if (typeof make !== 'function') throw new TemplateError(`faker does not know '${asked.slice(0, 60)}'`);
  faker.setDefaultRefDate(run.environment.now);
  const options = optionsOf(hash);
  let made: unknown;
  try {
    made = options === undefined ? make.call(members) : make.call(members, options);
  } catch (error) {
    throw new TemplateError(
      `faker '${asked.slice(0, 60)}' fails: ${error instanceof Error ? error.message.slice(0, 200) : 'unknown'}`,
    );
  }
  return made instanceof Date ? made.toISOString() : typeof made === 'bigint' ? made.toString() : made;
}

/** Only numbers: what counts is capped, what bounds a number is not. */
function optionsOf(hash: Readonly<Record<string, unknown>>): Record<string, number> | undefined {
  const options: Record<string, number> = {};
  for (const [name, value] of Object.entries(hash)) {
    if (name === 'seed') continue;
    const number = numberOf(value);
    if (number === undefined) continue;
    const isBound = name === 'min' || name === 'max' || name === 'multipleOf';
    if (!isBound && Math.abs(number) > maxCount) throw new TemplateError(`${name} must be ${maxCount} at most`);
    options[name] = number;
  }
  return Object.keys(options).length === 0 ? undefined : options;
}

function fakerName(asked: string): [module: string, name: string] {
  const plain = asked.replaceAll('_', '').toLowerCase();
  const known = javaNames[plain] ?? asked;
  const [module = '', name = ''] = known.split('.', 2);
  const lower = module.slice(0, 1).toLowerCase() + module.slice(1);
  const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return [javaModules[lower.toLowerCase()] ?? lower, camel];
}

function fakerOf(locale: string): Faker {
  const known = fakers.get(locale);
  if (known !== undefined) return known;
  const library = lazyLibraries.faker();
  const locales = library.allLocales as unknown as Record<string, (typeof library.allLocales)['en']>;
  const made = new library.Faker({
    locale: [locales[locale]!, library.allLocales.en, library.allLocales.base],
    randomizer: { next: () => drawing?.random() ?? 0, seed: () => undefined },
  });
  fakers.set(locale, made);
  return made;
}
