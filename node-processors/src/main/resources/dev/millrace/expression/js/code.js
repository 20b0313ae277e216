// What the JavaScript of a Code node runs with: its variables, timers, console, Buffer. Evaluated once
// per context; everything that a run can change is made anew for it.
(function (parts) {
  'use strict';
  const { ask, value, fromHost, itemList, scope, execution, ExpressionError, kindOf } = parts;

  const MAX_LINES = 1000;

  // ---- bytes and text

  const utf8 = (text) => {
    const bytes = [];
    for (const character of text) {
      const c = character.codePointAt(0);
      if (c < 0x80) bytes.push(c);
      else if (c < 0x800) bytes.push(0xc0 | (c >> 6), 0x80 | (c & 63));
      else if (c >= 0xd800 && c <= 0xdfff) bytes.push(0xef, 0xbf, 0xbd);
      else if (c < 0x10000) bytes.push(0xe0 | (c >> 12), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
      else bytes.push(0xf0 | (c >> 18), 0x80 | ((c >> 12) & 63), 0x80 | ((c >> 6) & 63), 0x80 | (c & 63));
    }
    return bytes;
  };
  const fromUtf8 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; ) {
      const first = bytes[i++];
      const more = first < 0x80 ? 0 : first < 0xc2 ? -1 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : first < 0xf5 ? 3 : -1;
      if (more < 0 || i + more > bytes.length) {
        text += '\ufffd';
        continue;
      }
      let c = more === 0 ? first : first & (0x3f >> more);
      let valid = true;
      for (let k = 0; k < more; k++) {
        valid = valid && (bytes[i + k] & 0xc0) === 0x80;
        c = (c << 6) | (bytes[i + k] & 0x3f);
      }
      if (valid) {
        i += more;
        text += String.fromCodePoint(Math.min(c, 0x10ffff));
      } else {
        text += '\ufffd';
      }
    }
    return text;
  };
  const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  const toBase64 = (bytes) => {
    let text = '';
    for (let i = 0; i < bytes.length; i += 3) {
      const n = (bytes[i] << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
      text += ALPHABET[n >> 18] + ALPHABET[(n >> 12) & 63];
      text += i + 1 < bytes.length ? ALPHABET[(n >> 6) & 63] : '=';
      text += i + 2 < bytes.length ? ALPHABET[n & 63] : '=';
    }
    return text;
  };
  const fromBase64 = (text) => {
    const bytes = [];
    let held = 0;
    let bits = 0;
    for (const c of text.replaceAll('-', '+').replaceAll('_', '/')) {
      const v = ALPHABET.indexOf(c);
      if (v < 0) continue;
      held = ((held << 6) | v) & 0xffffff;
      bits += 6;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 255);
      }
    }
    return bytes;
  };
  const latin1 = (text) => Array.from(text, (c) => c.charCodeAt(0) & 255);

  class Buffer extends Uint8Array {
    static from(source, encoding = 'utf8') {
      if (typeof source !== 'string') {
        const bytes = source instanceof ArrayBuffer ? new Uint8Array(source) : source?.data ?? source;
        return new Buffer(bytes);
      }
      switch (String(encoding).toLowerCase()) {
        case 'base64':
        case 'base64url': return new Buffer(fromBase64(source));
        case 'hex': return new Buffer((source.match(/[0-9a-f]{2}/gi) ?? []).map((pair) => parseInt(pair, 16)));
        case 'latin1':
        case 'binary':
        case 'ascii': return new Buffer(latin1(source));
        default: return new Buffer(utf8(source));
      }
    }
    static alloc(size, fill = 0) {
      return new Buffer(size).fill(fill);
    }
    static concat(buffers) {
      return new Buffer(buffers.flatMap((b) => Array.from(b)));
    }
    static byteLength(source, encoding) {
      return typeof source === 'string' ? Buffer.from(source, encoding).length : source.byteLength;
    }
    static isBuffer(v) {
      return v instanceof Buffer;
    }
    toString(encoding = 'utf8', start = 0, end = this.length) {
      const bytes = Array.from(this).slice(start, end);
      switch (String(encoding).toLowerCase()) {
        case 'base64': return toBase64(bytes);
        case 'base64url': return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
        case 'hex': return bytes.map((b) => b.toString(16).padStart(2, '0')).join('');
        case 'latin1':
        case 'binary':
        case 'ascii': return bytes.map((b) => String.fromCharCode(b)).join('');
        default: return fromUtf8(bytes);
      }
    }
    equals(other) {
      return this.length === other.length && this.every((b, i) => b === other[i]);
    }
    toJSON() {
      return { type: 'Buffer', data: Array.from(this) };
    }
  }

  class TextEncoder {
    encode(text = '') {
      return new Uint8Array(utf8(String(text)));
    }
  }
  class TextDecoder {
    decode(bytes = []) {
      return fromUtf8(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
    }
  }
  const btoa = (text) => toBase64(latin1(String(text)));
  const atob = (text) => fromBase64(String(text)).map((b) => String.fromCharCode(b)).join('');

  const require = (name) => {
    throw new Error(`Module '${name}' is disallowed`);
  };

  // ---- console

  function shown(v) {
    if (typeof v === 'string') return v;
    if (v instanceof Error) return v.stack ?? String(v);
    if (typeof v === 'object' && v !== null) {
      try {
        return JSON.stringify(v) ?? String(v);
      } catch {
        return String(v);
      }
    }
    return typeof v === 'symbol' ? v.toString() : String(v);
  }

  // ---- one run

  const CUSTOM_KEY = /^[A-Za-z0-9_]{1,50}$/;

  function makeRun(handles, perItem) {
    const run = { console: [], timers: [], nextTimer: 1, time: 0, customData: undefined, staticData: undefined };
    const write = (...args) => {
      if (run.console.length < MAX_LINES) run.console.push(args.map(shown).join(' '));
    };
    const custom = () => (run.customData ??= { ...value('customData') });
    const customData = {
      set: (name, v) => {
        if (typeof name !== 'string' || !CUSTOM_KEY.test(name)) {
          throw new ExpressionError('A key of custom data has up to 50 letters, digits and underscores');
        }
        if (typeof v !== 'string' && typeof v !== 'number') {
          throw new ExpressionError('A value of custom data is a text or a number');
        }
        const data = custom();
        if (!Object.hasOwn(data, name) && Object.keys(data).length >= 10) return;
        data[name] = String(v).slice(0, 512);
      },
      setAll: (all) => {
        for (const name of Object.keys(all)) customData.set(name, all[name]);
      },
      get: (name) => custom()[name],
      getAll: () => ({ ...custom() }),
    };
    const addTimer = (f, delay, args, repeat) => {
      if (typeof f !== 'function') throw new TypeError('the callback is not a function');
      const due = run.time + Math.max(repeat ? 1 : 0, Number(delay) || 0);
      const timer = { id: run.nextTimer++, due, f, args, repeat: repeat ? Math.max(1, Number(delay) || 1) : 0 };
      run.timers.push(timer);
      return timer.id;
    };
    const clear = (id) => {
      run.timers = run.timers.filter((timer) => timer.id !== id);
    };
    let list;
    const own = {
      items: () => (list ??= itemList(handles)),
      item: () => (list ??= itemList(handles))[0],
      console: () => ({ log: write, info: write, warn: write, error: write, debug: write, trace: write, table: write }),
      $execution: () => execution(customData),
      setTimeout: () => (f, delay, ...args) => addTimer(f, delay, args, false),
      setInterval: () => (f, delay, ...args) => addTimer(f, delay, args, true),
      setImmediate: () => (f, ...args) => addTimer(f, 0, args, false),
      clearTimeout: () => clear,
      clearInterval: () => clear,
      clearImmediate: () => clear,
      queueMicrotask: () => (f) => void Promise.resolve().then(f),
      Buffer: () => Buffer,
      TextEncoder: () => TextEncoder,
      TextDecoder: () => TextDecoder,
      btoa: () => btoa,
      atob: () => atob,
      require: () => require,
      $getWorkflowStaticData: () => (type) => {
        if (run.staticData === undefined) {
          run.staticData = value('staticData');
          run.staticBefore = JSON.stringify(run.staticData);
        }
        const key = type === 'node' ? 'node:' + ask('nodeName') : 'global';
        return (run.staticData[key] ??= {});
      },
      getWorkflowStaticData: () => own.$getWorkflowStaticData(),
      $evaluateExpression: () => (template, index) => {
        const text = String(template);
        return fromHost(ask('evaluate', text.startsWith('=') ? text : '=' + text, index));
      },
      evaluateExpression: () => own.$evaluateExpression(),
    };
    if (perItem) own.$json = () => (list ??= itemList(handles))[0]?.json;
    run.own = own;
    return run;
  }

  const shared = [
    ...Object.keys(scope).filter((name) => name.startsWith('$')), '$', 'DateTime', 'Duration', 'Interval',
  ];
  const template = makeRun('', true).own;
  const names = [...new Set([...Object.keys(template), ...shared])];

  const helpers = Object.freeze({
    getBinaryDataBuffer: async (index, property) => {
      const binary = itemList(ask('inputItems'))[index]?.binary?.[property];
      if (binary === undefined) throw new Error(`There is no binary field '${property}' in item ${index}`);
      return Buffer.from(binary.data, 'base64');
    },
    prepareBinaryData: async (buffer, fileName, mimeType = 'text/plain') => ({
      data: Buffer.from(buffer).toString('base64'), mimeType, ...(fileName === undefined ? {} : { fileName }),
    }),
    assertBinaryData: (index, property) => {
      const binary = itemList(ask('inputItems'))[index]?.binary?.[property];
      if (binary === undefined) throw new Error(`There is no binary field '${property}' in item ${index}`);
      return binary;
    },
    binaryToString: async (buffer, encoding) => Buffer.from(buffer).toString(encoding),
  });

  const line = (error) => {
    const found = /code\.js:(\d+)/.exec(String(error?.stack ?? ''));
    return found ? Number(found[1]) - 1 : 0;
  };
  const failed = (run, error) => ({
    ok: false,
    message: error instanceof Error
      ? String(error.message)
      : typeof error === 'object' && error !== null && typeof error.message === 'string'
        ? error.message
        : shown(error),
    kind: error instanceof ExpressionError ? kindOf(error) : 'code',
    line: line(error),
    console: run.console,
  });

  // Runs what is due, by the run's own clock: waiting takes no time.
  function nextTimer(run) {
    const timer = run.timers.reduce((a, b) => (b.due < a.due ? b : a));
    run.time = Math.max(run.time, timer.due);
    if (timer.repeat > 0) timer.due = run.time + timer.repeat;
    else run.timers.splice(run.timers.indexOf(timer), 1);
    timer.f(...timer.args);
  }

  let current;

  // A call into JavaScript ends with the queue of settled promises empty, so the host calls in steps:
  // begin, then step for as long as there are timers, then end.
  function begin(factory, used, time, zoneIndex, handles, perItem) {
    const run = makeRun(handles, perItem);
    current = run;
    parts.start(time, zoneIndex);
    try {
      const given = used === '' ? [] : used.split(',').map((name) =>
        Object.hasOwn(run.own, name) ? run.own[name]() : scope[name]);
      const context = { helpers, getWorkflowStaticData: run.own.$getWorkflowStaticData(), console: run.own.console() };
      factory(...given).call(context).then(
        (result) => {
          run.done = true;
          run.result = result;
        },
        (error) => {
          run.done = true;
          run.failed = true;
          run.error = error;
        });
    } catch (error) {
      run.done = true;
      run.failed = true;
      run.error = error;
    }
  }

  // Whether there is more to do.
  function step() {
    const run = current;
    if (run.done || run.timers.length === 0) return false;
    try {
      nextTimer(run);
    } catch (error) {
      run.done = true;
      run.failed = true;
      run.error = error;
    }
    return true;
  }

  const baseline = new Set(Reflect.ownKeys(globalThis));
  const ownKeys = Reflect.ownKeys;
  const getDescriptor = Object.getOwnPropertyDescriptor;

  // Forgets global variables that the run made; says whether all could be forgotten.
  function cleanUp() {
    let clean = true;
    for (const name of ownKeys(globalThis)) {
      if (!baseline.has(name)) {
        if (getDescriptor(globalThis, name).configurable) delete globalThis[name];
        else clean = false;
      }
    }
    return clean;
  }

  function end() {
    const run = current;
    current = undefined;
    let answer;
    try {
      if (!run.done) {
        answer = failed(run, new Error('The code waits for something that never comes'));
      } else if (run.failed) {
        answer = failed(run, run.error);
      } else {
        const staticNow = run.staticData === undefined ? undefined : JSON.stringify(run.staticData);
        answer = {
          ok: true,
          returned: JSON.stringify(run.result),
          console: run.console,
          customData: run.customData === undefined ? undefined : JSON.stringify(run.customData),
          staticData: staticNow === run.staticBefore ? undefined : staticNow,
        };
      }
    } catch (error) {
      answer = failed(run, error);
    }
    parts.stop();
    // What code stored before it failed stays stored.
    if (!answer.ok && run.customData !== undefined) {
      answer.customData = JSON.stringify(run.customData);
    }
    answer.clean = cleanUp();
    return answer;
  }

  return { begin, step, end, names: names.join(',') };
})
