// What every expression and Code node runs on: the scope object, conversion of values in both
// directions, and the frozen built-in objects. Evaluated once per context.
(function (host, luxon, makeExtensions) {
  'use strict';
  const { DateTime, Duration, Interval, Settings } = luxon;

  class ExpressionError extends Error {}
  class ExtensionError extends ExpressionError {}
  class ForbiddenError extends ExpressionError {}
  const RealProxy = Proxy;
  const RealDate = Date;

  // The host answers with text, a number, a truth value or nothing; an error as text that begins
  // with U+0001, which no other answer does.
  function ask(operation, a, b, c, d) {
    const answer = host(operation, a, b, c, d);
    if (typeof answer === 'string' && answer.charCodeAt(0) === 1) {
      throw new ExpressionError(answer.slice(1));
    }
    return answer;
  }

  // ---- clock and time zone, set for each evaluation

  let clock = 0;
  let ticking; // In a Code node the clock goes on; in an expression it stands still.
  let zone = -1;
  const now = () => (ticking === undefined ? clock : clock + ask('elapsed'));

  function LocalDate(...args) {
    if (new.target === undefined) return new RealDate(now()).toString();
    const target = new.target === LocalDate ? RealDate : new.target;
    return construct(RealDate, args.length === 0 ? [now()] : args, target);
  }
  const construct = Reflect.construct;
  Object.defineProperties(LocalDate, {
    name: { value: 'Date' },
    length: { value: 7 },
    prototype: { value: RealDate.prototype, writable: false },
    now: { value: now },
    parse: { value: RealDate.parse },
    UTC: { value: RealDate.UTC },
  });
  Object.defineProperty(RealDate.prototype, 'constructor', { value: LocalDate });
  Object.defineProperty(globalThis, 'Date', { value: LocalDate });
  Settings.now = now;

  // The long name that other engines print.
  const dateText = RealDate.prototype.toString;
  Object.defineProperty(RealDate.prototype, 'toString', {
    value: function toString() {
      return dateText.call(this).replace('(GMT)', '(Coordinated Universal Time)');
    },
  });

  function enter(time, zoneIndex) {
    clock = time;
    if (zoneIndex !== zone) {
      zone = zoneIndex;
      Settings.defaultZone = ask('zone');
    }
  }

  // ---- values from the host

  const MARKER = '\u0001';

  // JSON in which {"\u0001": kind, …} stands for a value that JSON has not.
  function revive(value) {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map(revive);
    switch (value[MARKER]) {
      case undefined: {
        for (const key of Object.keys(value)) value[key] = revive(value[key]);
        return value;
      }
      case 'undefined': return undefined;
      case 'number': return Number(value.value);
      case 'date': return new RealDate(value.value);
      case 'datetime': return DateTime.fromMillis(value.value, { zone: value.zone });
      case 'duration': return Duration.fromISO(value.value);
      case 'interval': return Interval.fromISO(value.value, { setZone: true });
      case 'invaliddate': return new RealDate(NaN);
      default: return DateTime.invalid('unknown');
    }
  }

  // The first character says whether there is anything to revive.
  const fromHost = (text) =>
    text === undefined || text === null
      ? undefined
      : text.charCodeAt(0) === 43 ? revive(JSON.parse(text.slice(1))) : JSON.parse(text.slice(1));
  const value = (operation, a, b, c, d) => fromHost(ask(operation, a, b, c, d));

  let items = [];
  const forgetItems = () => {
    items = [];
  };
  function item(handle) {
    if (handle === undefined || handle === null || handle < 0) return undefined;
    return (items[handle] ??= JSON.parse(ask('itemJson', handle)));
  }
  function itemList(handles) {
    if (handles === '') return [];
    const numbers = handles.split(',').map(Number);
    const missing = numbers.filter((handle) => items[handle] === undefined);
    if (missing.length > 1) {
      const fetched = JSON.parse(ask('itemsJson', missing.join(',')));
      missing.forEach((handle, i) => {
        items[handle] = fetched[i];
      });
    }
    return numbers.map(item);
  }

  // ---- values to the host

  // Whether JSON carries the value as it is.
  function plain(v, depth) {
    switch (typeof v) {
      case 'string':
      case 'boolean': return true;
      case 'number': return Number.isFinite(v);
      case 'object': {
        if (v === null) return true;
        if (depth > 400) return false;
        if (Array.isArray(v)) {
          for (let i = 0; i < v.length; i++) if (!plain(v[i], depth + 1)) return false;
          return true;
        }
        const prototype = getPrototypeOf(v);
        if ((prototype !== objectPrototype && prototype !== null) || typeof v.toJSON === 'function') return false;
        for (const key of Object.keys(v)) if (!plain(v[key], depth + 1)) return false;
        return true;
      }
      default: return false;
    }
  }
  const getPrototypeOf = Object.getPrototypeOf;
  const objectPrototype = Object.prototype;

  // Kinds: j JSON, d date, t date-time, u duration, i interval, x invalid date, y invalid date-time,
  // b big integer, f function, l list, o object, s text, n anything without a form of its own.
  function describe(v) {
    switch (typeof v) {
      case 'bigint': return ['b', v.toString()];
      case 'function': return ['f'];
      case 'symbol': return ['n'];
    }
    if (v instanceof RealDate) {
      const time = v.getTime();
      return Number.isNaN(time) ? ['x'] : ['d', time];
    }
    if (DateTime.isDateTime(v)) {
      return v.isValid ? ['t', v.toMillis(), v.zoneName, v.offset] : ['y'];
    }
    if (Duration.isDuration(v)) return ['u', String(v.toISO())];
    if (Interval.isInterval(v)) return ['i', String(v.toISO())];
    if (v instanceof String || v instanceof Number || v instanceof Boolean) return out(v.valueOf());
    if (plain(v, 0)) return ['j', JSON.stringify(v)];
    if (Array.isArray(v)) return ['l', v];
    if (typeof v.toJSON === 'function') return out(v.toJSON());
    return ['o', Object.keys(v), v];
  }
  function out(v) {
    switch (typeof v) {
      case 'undefined':
      case 'boolean':
      case 'number':
      case 'string': return v;
      default: return v === null ? v : describe(v);
    }
  }

  // What a block contributes to text.
  function contribution(v) {
    if (v || v === 0 || v === false) return [v].join('');
    return '';
  }

  // ---- what an expression may name

  const extensions = makeExtensions(luxon, ask, { ExtensionError });
  const denied = new Set([
    '__proto__', 'prototype', 'constructor', 'getPrototypeOf', 'setPrototypeOf', 'getOwnPropertyDescriptor',
    'getOwnPropertyDescriptors', 'defineProperty', 'defineProperties', 'mainModule', 'binding', '_linkedBinding',
    '_load', 'prepareStackTrace', '__defineGetter__', '__defineSetter__', '__lookupGetter__', '__lookupSetter__',
    'caller', 'callee', 'arguments', 'getBuiltinModule',
  ]);
  function key(name) {
    if (typeof name === 'number' || typeof name === 'symbol') return name;
    const text = typeof name === 'string' ? name : `${name}`;
    if (denied.has(text)) {
      throw new ForbiddenError(`Cannot access "${text}" due to security concerns`);
    }
    return text === 'captureStackTrace' ? undefined : text;
  }
  const call = (f, self, args) => f.apply(self, args);

  function SafeObject(v) {
    return Object(v);
  }
  for (const name of [
    'assign', 'entries', 'freeze', 'fromEntries', 'groupBy', 'hasOwn', 'is', 'isExtensible', 'isFrozen', 'isSealed',
    'keys', 'preventExtensions', 'seal', 'values', 'getOwnPropertyNames', 'getOwnPropertySymbols',
  ]) {
    Object.defineProperty(SafeObject, name, { value: Object[name] });
  }
  Object.defineProperty(SafeObject, 'create', { value: (prototype) => Object.create(prototype) });
  Object.defineProperty(SafeObject, 'prototype', { value: Object.prototype, writable: false });
  Object.defineProperty(SafeObject, 'name', { value: 'Object' });

  const property = (get) => ({ get, enumerable: true, configurable: false });
  const lazy = (get, has) =>
    new RealProxy(Object.create(null), {
      get: (target, name) => (typeof name === 'symbol' ? undefined : get(name)),
      has: (target, name) => typeof name !== 'symbol' && has(name),
      set: () => false,
      ownKeys: () => [],
    });

  const noArguments = (args, name) => {
    if (args.length > 0) {
      throw new ExpressionError(`$input.${name}() should have no arguments`);
    }
  };
  const input = Object.create(Object.prototype, {
    item: property(() => item(ask('item'))),
    first: { value: (...args) => (noArguments(args, 'first'), item(ask('inputItem', 0))) },
    last: { value: (...args) => (noArguments(args, 'last'), item(ask('inputItem', -1))) },
    all: { value: (...args) => (noArguments(args, 'all'), itemList(ask('inputItems'))) },
    params: property(() => value('inputParams')),
    context: property(() => value('inputContext')),
  });

  function node(...args) {
    const name = args[0];
    ask('node', name);
    return Object.create(Object.prototype, {
      item: property(() => item(ask('nodeItem', name, 'item', -1))),
      itemMatching: {
        value: (...index) => {
          if (index.length === 0) {
            throw new ExpressionError('Missing item index for .itemMatching()');
          }
          return item(ask('nodeItem', name, 'itemMatching', index[0]));
        },
      },
      pairedItem: { value: (index) => item(ask('nodeItem', name, 'pairedItem', index ?? -1)) },
      first: { value: (output, run) => itemList(ask('nodeItems', name, output, run, 'first'))[0] },
      last: { value: (output, run) => itemList(ask('nodeItems', name, output, run, 'last'))[0] },
      all: { value: (output, run) => itemList(ask('nodeItems', name, output, run, 'all')) },
      params: property(() => value('nodeParams', name)),
      context: property(() => value('nodeContext', name)),
      isExecuted: property(() => ask('nodeExecuted', name)),
    });
  }

  const legacyNode = (name, index) => {
    ask('node', name);
    return Object.create(Object.prototype, {
      json: property(() => item(ask('legacyItem', name, index))?.json),
      data: property(() => item(ask('legacyItem', name, index))?.json),
      binary: property(() => item(ask('legacyItem', name, index))?.binary ?? {}),
      parameter: property(() => lazy((key) => value('parameter', name, key, index), () => true)),
      context: property(() => value('nodeContext', name)),
      runIndex: property(() => ask('legacyRunIndex', name)),
    });
  };
  const legacyNodes = (index) =>
    lazy((name) => legacyNode(name, index), (name) => ask('nodeExists', name));

  const withoutData = (binary) => {
    const result = {};
    for (const name of Object.keys(binary ?? {})) {
      const { data, ...rest } = binary[name];
      result[name] = rest;
    }
    return result;
  };

  const execution = (customData) =>
    Object.create(Object.prototype, {
      id: property(() => ask('executionId')),
      mode: property(() => ask('executionMode')),
      resumeUrl: property(() => ask('resumeUrl')),
      resumeFormUrl: property(() => ask('resumeFormUrl')),
      customData: { value: customData, enumerable: true },
    });
  const readOnlyCustomData = Object.freeze({
    set: () => {
      throw new ExpressionError('$execution.customData.set() can only be used in a Code node');
    },
    setAll: () => {
      throw new ExpressionError('$execution.customData.setAll() can only be used in a Code node');
    },
    get: (name) => value('customData')[name],
    getAll: () => value('customData'),
  });

  const isEmpty = (v) =>
    v === undefined || v === null || v === '' ||
    (typeof v === 'object' && !(v instanceof RealDate) && !DateTime.isDateTime(v) && Object.keys(v).length === 0);

  function jmespath(data, query) {
    if (typeof data !== 'object' || data === null || typeof query !== 'string') {
      throw new ExpressionError('expected two arguments (Object, string) for this function');
    }
    return value('jmespath', JSON.stringify(data), query);
  }

  const average = (...args) => args.reduce((a, b) => a + b, 0) / args.length;
  const not = (v) => !v;
  function fromAI(name, description, type = 'string', fallback = undefined) {
    if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) {
      throw new ExpressionError('Invalid or missing key for $fromAI()');
    }
    const found = value('fromAI', name);
    return found === undefined ? fallback : found;
  }

  const variables = {
    $json: () => item(ask('item'))?.json,
    $binary: () => withoutData(item(ask('item'))?.binary),
    $input: () => input,
    $node: () => legacyNodes(-1),
    $prevNode: () => value('prevNode'),
    $runIndex: () => ask('runIndex'),
    $itemIndex: () => ask('itemIndex'),
    $thisItem: () => item(ask('item')),
    $now: () => DateTime.fromMillis(clock),
    $today: () => DateTime.fromMillis(clock).startOf('day'),
    $workflow: () => value('workflow'),
    $execution: () => execution(readOnlyCustomData),
    $executionId: () => ask('executionId'),
    $resumeWebhookUrl: () => ask('resumeUrl'),
    $mode: () => ask('mode'),
    $vars: () => value('vars'),
    $env: () => lazy((name) => ask('env', name) ?? undefined, (name) => ask('env', name) !== null),
    $parameter: () => lazy((name) => value('parameter', undefined, name, -1), () => true),
    $rawParameter: () => value('rawParameter'),
    $nodeVersion: () => ask('nodeVersion'),
    $nodeId: () => ask('nodeId'),
    $webhookId: () => ask('webhookId') ?? undefined,
    $agentInfo: () => value('agentInfo'),
  };
  variables.$data = variables.$json;
  variables.$position = variables.$thisItemIndex = variables.$itemIndex;
  variables.$thisRunIndex = variables.$runIndex;

  const functions = {
    $: node,
    $items: (name, output = 0, run = -1) =>
      itemList(name === undefined ? ask('legacyInput') : ask('legacyItems', name, output, run)),
    $item: (index, run) =>
      Object.create(Object.prototype, {
        $json: property(() => item(ask('itemAt', index))?.json),
        $binary: property(() => withoutData(item(ask('itemAt', index))?.binary)),
        $data: property(() => item(ask('itemAt', index))?.json),
        $node: property(() => legacyNodes(index)),
        $itemIndex: property(() => index),
      }),
    $jmespath: jmespath,
    $jmesPath: jmespath,
    $if: (condition, then, otherwise = false) => {
      if (then === undefined) throw new ExpressionError('$if() expects at least two arguments');
      return condition ? then : otherwise;
    },
    $ifEmpty: (...args) => {
      if (args.length < 2) throw new ExpressionError('$ifEmpty() expects two arguments');
      return isEmpty(args[0]) ? args[1] : args[0];
    },
    $min: Math.min,
    $max: Math.max,
    $average: average,
    $not: not,
    min: Math.min,
    max: Math.max,
    average,
    not,
    numberList: (from, to) => {
      const length = Math.abs(to - from) + 1;
      if (!(length <= 1_000_000)) extensions.fail('numberList(): the range is too long');
      const step = to >= from ? 1 : -1;
      return Array.from({ length }, (_, i) => from + i * step);
    },
    zip: (keys, values) => {
      if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) {
        extensions.fail('zip(): expected two arrays of the same length');
      }
      return Object.fromEntries(keys.map((name, i) => [key(name), values[i]]));
    },
    toPathSegment: (v) => encodeURIComponent(String(v)).replace(/^\.+$/, (dots) => dots.replaceAll('.', '%2E')),
    $fromAI: fromAI,
    $fromAi: fromAI,
    $fromai: fromAI,
  };

  const scope = Object.create(null);
  for (const name of Object.keys(variables)) {
    Object.defineProperty(scope, name, property(variables[name]));
  }
  const fixed = { ...functions, DateTime, Duration, Interval, Object: SafeObject, NaN, Infinity };
  for (const name of [
    'Date', 'Array', 'Map', 'WeakMap', 'Set', 'WeakSet', 'Error', 'TypeError', 'SyntaxError', 'EvalError', 'RangeError',
    'ReferenceError', 'URIError', 'AggregateError', 'Intl', 'String', 'RegExp', 'Math', 'Number', 'BigInt', 'JSON',
    'ArrayBuffer', 'SharedArrayBuffer', 'Atomics', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray',
    'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array',
    'BigUint64Array', 'encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent', 'Boolean', 'Symbol',
    'parseInt', 'parseFloat', 'isNaN', 'isFinite',
  ]) {
    fixed[name] = globalThis[name];
  }
  const versions = Object.freeze({});
  fixed.process = Object.freeze({
    arch: 'x64', env: Object.freeze({}), platform: 'linux', pid: 1, version: 'v22.0.0', versions,
  });
  for (const name of Object.keys(fixed)) {
    Object.defineProperty(scope, name, { value: fixed[name], enumerable: true });
  }
  for (const name of [
    'document', 'global', 'globalThis', 'Window', 'self', 'alert', 'prompt', 'confirm', 'eval', 'uneval', 'Function',
    'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask',
    'require', 'module', 'Buffer', 'fetch', 'XMLHttpRequest', 'Promise', 'Generator', 'GeneratorFunction',
    'AsyncFunction', 'AsyncGenerator', 'AsyncGeneratorFunction', 'WebAssembly', 'Reflect', 'Proxy', 'escape', 'unescape',
  ]) {
    Object.defineProperty(scope, name, property(() => ({})));
  }
  Object.defineProperty(scope, 'this', property(() => ({ process: {}, require: {}, module: {}, Buffer: {} })));
  Object.freeze(scope);

  // ---- evaluation

  const prepare = (factory) => factory(extensions.extend, extensions.extendOptional, key, call);

  const kindOf = (error) =>
    error instanceof ForbiddenError ? 'forbidden' : error instanceof ExtensionError ? 'extension' : 'expression';

  function evaluate(f, time, zoneIndex, asText, extra) {
    const outerClock = clock;
    const outerTicking = ticking;
    try {
      ticking = undefined;
      enter(time, zoneIndex);
      const result = f(extra === undefined ? scope : extra);
      return asText ? contribution(result) : out(result);
    } catch (error) {
      if (error instanceof ExpressionError) return ['e', error.message, kindOf(error)];
      return undefined;
    } finally {
      clock = outerClock;
      ticking = outerTicking;
    }
  }

  function withExtra(text) {
    const extra = fromHost(text);
    const result = Object.create(scope);
    for (const name of Object.keys(extra)) {
      Object.defineProperty(result, name, { value: extra[name], enumerable: true });
    }
    return result;
  }

  // ---- frozen built-in objects

  function harden() {
    const seen = new Set();
    const todo = [
      globalThis, luxon, scope, input, ExpressionError, ExtensionError, ForbiddenError, SafeObject,
      readOnlyCustomData, RealDate,
      getPrototypeOf(async function () {}), getPrototypeOf(function* () {}), getPrototypeOf(async function* () {}),
      getPrototypeOf([][Symbol.iterator]()), getPrototypeOf(''[Symbol.iterator]()),
      getPrototypeOf(new Map()[Symbol.iterator]()), getPrototypeOf(new Set()[Symbol.iterator]()),
      getPrototypeOf(''.matchAll(/./g)), getPrototypeOf(Int8Array),
    ];
    for (const name of ['Segmenter']) {
      const segments = new Intl[name]().segment('');
      todo.push(getPrototypeOf(segments), getPrototypeOf(segments[Symbol.iterator]()));
    }
    const statics = Object.getOwnPropertyNames(RegExp).filter((name) => !['length', 'name', 'prototype'].includes(name));
    for (const name of statics) if (Object.getOwnPropertyDescriptor(RegExp, name).configurable) delete RegExp[name];
    for (const name of ['captureStackTrace', 'stackTraceLimit', 'prepareStackTrace']) delete Error[name];
    while (todo.length > 0) {
      const object = todo.pop();
      if ((typeof object !== 'object' && typeof object !== 'function') || object === null || seen.has(object)) continue;
      seen.add(object);
      todo.push(getPrototypeOf(object));
      for (const name of Reflect.ownKeys(object)) {
        const descriptor = Object.getOwnPropertyDescriptor(object, name);
        if ('value' in descriptor) {
          todo.push(descriptor.value);
        } else {
          todo.push(descriptor.get, descriptor.set);
        }
      }
    }
    for (const object of seen) {
      if (object === globalThis) continue;
      if (typeof object === 'object' || object === Function.prototype) overridable(object);
      if (!ArrayBuffer.isView(object)) Object.freeze(object);
    }
    for (const name of Reflect.ownKeys(globalThis)) {
      const descriptor = Object.getOwnPropertyDescriptor(globalThis, name);
      if (descriptor.configurable) {
        Object.defineProperty(globalThis, name, {
          ...('value' in descriptor ? { writable: false } : {}),
          configurable: false,
        });
      }
    }
  }

  // A frozen prototype would keep its heirs from having a property of the same name by assignment
  // ("this.name = 'x'" in a class that extends Error). As accessors they can be overridden.
  const OVERRIDABLE = ['constructor', 'name', 'message', 'toString', 'valueOf', 'toLocaleString', 'toJSON', 'hasOwnProperty'];
  const errorPrototypes = new Set(
    [Error, TypeError, RangeError, SyntaxError, EvalError, ReferenceError, URIError, AggregateError].map((e) => e.prototype));
  function overridable(prototype) {
    for (const name of OVERRIDABLE) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
      if (descriptor === undefined || !('value' in descriptor) || !descriptor.configurable) continue;
      if (!errorPrototypes.has(prototype) && prototype !== objectPrototype && name !== 'constructor') continue;
      const original = descriptor.value;
      Object.defineProperty(prototype, name, {
        get: Object.freeze(() => original),
        set: Object.freeze(function (replacement) {
          if (this === prototype) throw new TypeError(`Cannot assign to read only property '${name}'`);
          Object.defineProperty(this, name, {
            value: replacement, writable: true, enumerable: true, configurable: true,
          });
        }),
        enumerable: false,
        configurable: false,
      });
    }
  }

  return {
    prepare, evaluate, withExtra, forgetItems, harden, out,
    names: extensions.names.join(','),
    // For code.js:
    parts: {
      ask, value, fromHost, item, itemList, scope, variables, functions, execution, ExpressionError, kindOf, now,
      start: (time, zoneIndex) => {
        enter(time, zoneIndex);
        ticking = true;
      },
      stop: () => {
        ticking = undefined;
      },
      construct,
    },
  };
})
