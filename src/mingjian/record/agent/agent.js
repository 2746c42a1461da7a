// Runs inside the app. It reports each call that the host asked for and returns to the app exactly what the original returned or threw.
// What is hooked comes from the host (record/hooks.py); values leave as they are and are sealed there.
import Java from 'frida-java-bridge';
import { describe, read, withholds } from './readings.js';

const CANARY = 'canary';
// Method bodies may be exchanged only after the call that asks for it has returned, so placing is believed after a pause and a canary.
const SETTLE_MS = 150;
const CANARY_TRIES = 20;
const WRITES = 0x3 | 0x40;

let limits = null;
let platform = [];
let canarySeen = false;
const threads = new Map();
// The agent's own thread, which reads maps of memory.
const ownThread = Process.getCurrentThreadId();
const flood = new Map();

function isPlatform(frame) {
  return platform.some(prefix => frame.startsWith(prefix));
}

function callsOf(thread) {
  let calls = threads.get(thread);
  if (calls === undefined) {
    calls = { depths: [], busy: false };
    threads.set(thread, calls);
  }
  return calls;
}

function within(calls, work) {
  calls.busy = true;
  try {
    return work();
  } finally {
    calls.busy = false;
  }
}

function trace(own) {
  const elements = Java.use('java.lang.Exception').$new().getStackTrace();
  const start = elements.length !== 0 && nameOf(elements[0]) === own ? 1 : 0;
  const frames = [];
  for (let i = start; i < elements.length && frames.length < limits.frames; i++) frames.push(nameOf(elements[i]));
  return { frames, depth: elements.length - start, cut: elements.length - start > frames.length };
}

function nameOf(element) {
  return `${element.getClassName()}.${element.getMethodName()}`;
}

// What the platform does to carry out a call that is reported already is no call of the app.
function isInner(calls, stack) {
  if (calls.depths.length === 0) return false;
  const between = stack.frames.slice(0, Math.max(1, stack.depth - calls.depths[calls.depths.length - 1]));
  return between.length !== 0 && between.every(isPlatform);
}

function isFlood(hook, now) {
  let tally = flood.get(hook);
  if (tally === undefined || now - tally.since >= 1000) {
    flush(hook, tally);
    tally = { since: now, count: 0, dropped: 0, last: now };
    flood.set(hook, tally);
  }
  tally.count++;
  tally.last = now;
  if (tally.count <= limits.second) return false;
  tally.dropped++;
  return true;
}

function flush(hook, tally) {
  if (tally !== undefined && tally.dropped !== 0) {
    send({ kind: 'dropped', hook, count: tally.dropped, begin: tally.since, end: tally.last });
    tally.dropped = 0;
  }
}

function fault(hook, error) {
  const now = Date.now();
  if (!isFlood(`fault:${hook}`, now)) send({ kind: 'fault', hook, ts: now, error: String(error) });
}

function replace(hook, overload, className) {
  const parameters = overload.argumentTypes.map(type => type.className);
  const original = (self, args) => whole(overload.call(self, ...args.map(whole)));
  overload.implementation = function (...args) {
    const thread = Process.getCurrentThreadId();
    const calls = callsOf(thread);
    if (calls.busy) return original(this, args);
    const ts = Date.now();
    const call = { hook: hook.id, cls: className, method: hook.method === '$init' ? '<init>' : hook.method, parameters, ts };
    if (!asked(hook, call, this, args, calls)) return original(this, args);
    // The depth is known before the call, so that calls inside it can be told from those beside it.
    calls.depths.push(call.stack.depth);
    let returned;
    try {
      returned = original(this, args);
    } catch (error) {
      calls.depths.pop();
      within(calls, () => report(call, () => ({ result: withholds(error) ? 'denied' : 'error' })));
      throw error;
    }
    calls.depths.pop();
    within(calls, () => report(call, () => read(hook.returns, returned, limits)));
    return returned;
  };
}

// The bridge makes Java strings of a form that has no place for characters outside the first plane.
function whole(value) {
  if (typeof value !== 'string' || !/[\ud800-\udfff]/.test(value)) return value;
  return Java.use('java.lang.String').$new.overload('[C').call(Java.use('java.lang.String'), Java.array('char', value.split('')));
}

function asked(hook, call, self, args, calls) {
  return within(calls, () => {
    try {
      call.args = args.map(() => null);
      for (const [at, how] of hook.args) {
        const said = attempted(hook.id, () => describe(how, at < 0 ? self : args[at], limits), null);
        if (at < 0) call.args.unshift(said);
        else call.args[at] = said;
        if (hook.only !== null && !matches(hook.only, said)) return false;
      }
      call.stack = trace(`${call.cls}.${call.method}`);
      return !isInner(calls, call.stack) && !isFlood(hook.id, call.ts);
    } catch (error) {
      fault(hook.id, error);
      return false;
    }
  });
}

function matches(only, said) {
  return said !== null && (only.texts.includes(said) || only.below.some(root => said === root || said.startsWith(root + '/')));
}

// A call is reported even where what it was given or gave back cannot be read.
function attempted(hook, work, otherwise) {
  try {
    return work();
  } catch (error) {
    fault(hook, error);
    return otherwise;
  }
}

function report(call, outcome) {
  const { hook, cls, method, parameters, args, ts, stack } = call;
  const told = attempted(hook, outcome, { result: null });
  const thread = attempted(hook, () => Java.use('java.lang.Thread').currentThread().getName(), null);
  send({ kind: 'api', hook, cls, method, parameters, args, ts, thread, stack: stack.frames, cut: stack.cut, ...told });
  if (hook === CANARY) canarySeen = true;
}

function place(hook) {
  let why = `no class ${hook.classes.join(', ')}`;
  let placed = 0;
  let failed = false;
  for (const className of hook.classes) {
    try {
      const method = Java.use(className)[hook.method];
      if (method === undefined) {
        why = `no ${className}.${hook.method}`;
        continue;
      }
      const chosen = method.overloads.filter(each => fits(each, hook.parameters));
      if (chosen.length === 0) why = `no such overload of ${className}.${hook.method}`;
      for (const overload of chosen) {
        replace(hook, overload, className);
        placed++;
      }
    } catch (error) {
      if (!/ClassNotFoundException|NoClassDefFoundError/.test(String(error))) {
        failed = true;
        why = String(error);
      }
    }
  }
  if (placed !== 0 && !failed) return null;
  return { hook: hook.id, why: hook.platform && !failed ? 'absent' : 'failed', detail: why };
}

function fits(overload, parameters) {
  return parameters === null || (
    overload.argumentTypes.length === parameters.length && overload.argumentTypes.every((type, i) => type.className === parameters[i])
  );
}

function placeAll(hooks) {
  const placed = [];
  const missing = [];
  for (const hook of hooks) {
    const gap = place(hook);
    if (gap === null) placed.push(hook.id);
    else missing.push(gap);
  }
  return { placed, missing };
}

function placeNative(native) {
  const symbols = native.symbols.map(name => Module.findGlobalExportByName(name)).filter(address => address !== null);
  const places = new Map(symbols.map(address => [address.toString(), address]));
  for (const address of places.values()) {
    Interceptor.attach(address, {
      onEnter(args) {
        const thread = Process.getCurrentThreadId();
        const calls = callsOf(thread);
        if (calls.busy || thread === ownThread) return;
        within(calls, () => {
          try {
            enter(native, args, this, calls);
          } catch (error) {
            fault(native.id, error);
          }
        });
      },
      onLeave(returned) {
        if (this.call !== undefined) leave(native, returned.toInt32(), this.call);
      }
    });
  }
  return places.size !== 0 ? null : { hook: native.id, why: 'absent', detail: `no ${native.symbols.join(', ')}` };
}

function enter(native, args, invocation, calls) {
  const name = native.name_at === null ? null : args[native.name_at].readCString();
  if (native.only !== null && !matches(native.only, name)) return;
  const stack = Java.vm.tryGetEnv() === null ? { frames: [], depth: 0, cut: true } : trace('');
  const ts = Date.now();
  if (native.quiet && (stack.frames.length === 0 || isPlatform(stack.frames[0]))) return;
  if (isInner(calls, stack) || isFlood(native.id, ts)) return;
  invocation.call = {
    event: { hook: native.id, ts, stack: stack.frames, cut: stack.cut },
    name,
    flags: native.flags_at === null ? 0 : args[native.flags_at].toInt32(),
    answer: native.value_at === null ? null : args[native.value_at]
  };
}

function leave(native, returned, call) {
  if (native.flags_at !== null) {
    // A file that could not be opened was not accessed.
    if (returned >= 0) send({ kind: 'file', ...call.event, path: call.name, op: (call.flags & WRITES) !== 0 ? 'write' : 'read' });
    return;
  }
  const raw = call.answer === null || returned <= 0 ? null : call.answer.readCString();
  const result = call.answer === null ? null : raw ? 'value' : 'empty';
  send({ kind: 'api', ...call.event, cls: 'libc', method: native.symbols[0], parameters: null, args: [call.name], thread: null, result, raw });
}

// On Android the first word of the command line is the name of the process, `package` or `package:name`.
function processName() {
  const bytes = new Uint8Array(File.readAllBytes('/proc/self/cmdline'));
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
}

// By reflection: a call through the bridge would go straight to the original.
function callCanary(canary) {
  const text = Java.use('java.lang.String');
  const method = Java.use(canary.classes[0]).class.getMethod(canary.method, Java.array('java.lang.Class', [text.class]));
  method.invoke(null, Java.array('java.lang.Object', [text.$new(canary.argument)]));
}

function awaitCanary(canary, left, done, failed) {
  setTimeout(() => {
    if (canarySeen || left === 0) return done(canarySeen);
    try {
      Java.performNow(() => callCanary(canary));
      awaitCanary(canary, left - 1, done, failed);
    } catch (error) {
      failed(error);
    }
  }, SETTLE_MS);
}

rpc.exports = {
  // Hooks of the platform are placed at once; those of code in the package once its class loader is there, which a spawned app has only
  // after it was resumed. The answer tells of the first, a message of the second.
  install(plan) {
    limits = plan.limits;
    platform = plan.platform.map(prefix => prefix + '.');
    if (!Java.available) return Promise.reject(new Error('no Java in this process'));
    return new Promise((resolve, reject) => {
      let first;
      try {
        Java.performNow(() => { first = placeAll([...plan.hooks.filter(hook => hook.platform), plan.canary]); });
      } catch (error) {
        return reject(error);
      }
      for (const native of plan.natives) {
        const gap = placeNative(native);
        if (gap === null) first.placed.push(native.id);
        else first.missing.push(gap);
      }
      setInterval(() => flood.forEach((tally, hook) => flush(hook, tally)), 1000);
      awaitCanary(plan.canary, CANARY_TRIES, seen => {
        resolve({ ...first, canary: seen });
        Java.perform(() => {
          send({ kind: 'package', process: processName(), ...placeAll(plan.hooks.filter(hook => !hook.platform)) });
        });
      }, reject);
    });
  },
  finish() {
    flood.forEach((tally, hook) => flush(hook, tally));
  }
};
