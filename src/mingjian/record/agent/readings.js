// How arguments and results become text. Only what decides an act is read of an argument.
import Java from 'frida-java-bridge';

function isNothing(value) {
  return value === null || value === undefined;
}

// A value that was declared as a supertype, as what it is.
function exact(value) {
  return Java.cast(value, Java.use(value.$className));
}

function hex(bytes, between) {
  const digits = [];
  for (let i = 0; i !== bytes.length; i++) digits.push((bytes[i] & 0xff).toString(16).padStart(2, '0'));
  return digits.join(between);
}

function items(collection, most) {
  const found = [];
  const iterator = collection.iterator();
  while (found.length !== most && iterator.hasNext()) found.push(iterator.next());
  return found;
}

function packageOf(item) {
  const one = exact(item);
  if (one.packageName !== undefined) return one.packageName.value;
  for (const part of ['activityInfo', 'serviceInfo', 'providerInfo']) {
    if (one[part] !== undefined && one[part].value !== null) return one[part].value.packageName.value;
  }
  return null;
}

function intentText(intent) {
  const parts = ['intent:#Intent'];
  const action = intent.getAction();
  const component = intent.getComponent();
  const target = intent.getPackage();
  if (action !== null) parts.push(`action=${action}`);
  if (target !== null) parts.push(`package=${target}`);
  if (component !== null) parts.push(`component=${component.getPackageName()}/${component.getClassName()}`);
  return [...parts, 'end'].join(';');
}

const ARGUMENTS = {
  text: value => String(value),
  object: value => value.toString(),
  texts: (value, most) => {
    const all = typeof value === 'string' ? [value] : Array.from(value.$className === undefined ? value : items(value, most), String);
    return all.slice(0, most).join(',');
  },
  command: (value, most) => Array.from(value.$className === undefined ? value : items(value, most), String).slice(0, most).join(' '),
  path: value => value.getAbsolutePath(),
  intent: intentText,
  sensor: value => String(value.getType()),
  address: value => {
    const shown = value.toString();
    return shown.split(/[?#]/, 1)[0];
  },
  request: value => ARGUMENTS.address(value.url())
};

// What an argument says, cut to the longest text that is reported; null when there is nothing to say.
export function describe(how, value, limits) {
  return isNothing(value) ? null : ARGUMENTS[how](value, limits.items).slice(0, limits.text);
}

function value(raw, type) {
  return isNothing(raw) || raw === '' ? { result: 'empty' } : { result: 'value', raw, type };
}

function some(count) {
  return { result: count === 0 ? 'empty' : 'value' };
}

const RESULTS = {
  // Nothing that the call returns tells whether data came back.
  none: () => ({ result: null }),
  text: returned => value(returned.toString(), 'string'),
  number: returned => value(String(returned), 'number'),
  flag: returned => some(returned ? 1 : 0),
  started: returned => ({ result: returned ? null : 'error' }),
  hex: returned => value(hex(returned, ''), 'bytes'),
  mac: returned => value(hex(returned, ':'), 'mac'),
  location: returned => value(`${returned.getLatitude()},${returned.getLongitude()}`, 'location'),
  packages: (returned, most) => value(items(returned, most).map(packageOf).filter(name => name !== null).join(','), 'packages'),
  names: returned => value(Array.from(returned, String).join(','), 'packages'),
  clip: returned => {
    const text = returned.getItemCount() === 0 ? null : returned.getItemAt(0).getText();
    return text === null ? some(returned.getItemCount()) : value(text.toString(), 'string');
  },
  array: returned => some(returned.length),
  collection: returned => some(returned.size()),
  cursor: returned => some(returned.getCount()),
  object: () => some(1),
  // A constructor that opens something, and throws where it cannot.
  opened: () => some(1)
};

// What a call returned, as far as it may be told: the result, and the raw value where it is one that can be found in traffic.
export function read(how, returned, limits) {
  if (how === 'none' || how === 'opened') return RESULTS[how]();
  if (isNothing(returned)) return { result: 'empty' };
  const outcome = RESULTS[how](returned, limits.items);
  if (outcome.raw === undefined) return outcome;
  if (limits.placeholders.includes(outcome.raw)) return { result: 'empty' };
  return outcome.raw.length <= limits.value ? outcome : { result: 'value' };
}

// Whether a call was refused by the system, and did not just fail.
export function withholds(error) {
  return /\bSecurityException\b/.test(String(error));
}
