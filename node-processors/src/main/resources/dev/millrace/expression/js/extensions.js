// Extension methods: functions that expressions call as if they were methods of a value. The result
// is the dispatcher, which chooses by the value's type at run time and before native methods.
(function (luxon, ask, errors) {
  'use strict';
  const { DateTime, Duration } = luxon;
  const fail = (message) => {
    throw new errors.ExtensionError(message);
  };
  const isObject = (v) => typeof v === 'object' && v !== null;
  const isPlain = (v) => isObject(v) && !Array.isArray(v) && !(v instanceof Date) && !DateTime.isDateTime(v);

  function equal(a, b) {
    if (a === b || (a !== a && b !== b)) return true;
    if (!isObject(a) || !isObject(b)) return false;
    if (Array.isArray(a) !== Array.isArray(b)) return false;
    if (a instanceof Date || b instanceof Date) {
      return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
    }
    if (DateTime.isDateTime(a) && DateTime.isDateTime(b)) return a.equals(b);
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]))
    );
  }

  function unique(list) {
    const seen = new Set();
    const objects = [];
    return list.filter((v) => {
      if (isObject(v)) {
        if (objects.some((o) => equal(o, v))) return false;
        objects.push(v);
        return true;
      }
      return seen.has(v) ? false : (seen.add(v), true);
    });
  }

  const emptyObject = (v) => isObject(v) && !(v instanceof Date) && !DateTime.isDateTime(v) && Object.keys(v).length === 0;
  const dropped = (v) => v === null || v === undefined || v === '' || v === 'nil' || emptyObject(v);
  const POLLUTING = new Set(['__proto__', 'constructor', 'prototype']);

  function compactObject(value) {
    const result = {};
    for (const key of Object.keys(value)) {
      if (POLLUTING.has(key)) fail('compact(): the key "' + key + '" is not allowed');
      let v = value[key];
      if (dropped(v)) continue;
      if (isPlain(v)) {
        v = compactObject(v);
        if (emptyObject(v)) continue;
      }
      result[key] = v;
    }
    return result;
  }

  const joined = (base, others) => {
    const result = { ...base };
    for (const other of others) {
      for (const key of Object.keys(other)) {
        if (!Object.hasOwn(result, key)) result[key] = other[key];
      }
    }
    return result;
  };

  const numbers = (list, name) => {
    if (list.some((v) => typeof v !== 'number')) {
      fail(name + '(): all elements must be numbers');
    }
    return list;
  };

  const listArgument = (args, name) => {
    if (!Array.isArray(args[0])) fail(name + '(): expected an array as the argument');
    return args[0];
  };

  const nothing = () => undefined;

  const array = {
    first: (v) => v[0],
    last: (v) => v[v.length - 1],
    isEmpty: (v) => v.length === 0,
    isNotEmpty: (v) => v.length > 0,
    length: (v) => v.length,
    randomItem: (v) => v[Math.floor(Math.random() * v.length)],
    reverse: (v) => [...v].reverse(),
    sum: (v) => numbers(v, 'sum').reduce((a, b) => a + b, 0),
    min: (v) => Math.min(...numbers(v, 'min')),
    max: (v) => Math.max(...numbers(v, 'max')),
    average: (v) => (v.length === 0 ? 0 : numbers(v, 'average').reduce((a, b) => a + b, 0) / v.length),
    unique: (v, keys) => {
      if (keys.length === 0) return unique(v);
      const seen = [];
      return v.filter((element) => {
        const part = isObject(element) ? keys.map((key) => element[key]) : element;
        if (seen.some((s) => equal(s, part))) return false;
        seen.push(part);
        return true;
      });
    },
    compact: (v) =>
      v
        .filter((element) => !dropped(element))
        .map((element) => (isPlain(element) ? compactObject(element) : element))
        .filter((element) => !emptyObject(element)),
    pluck: (v, fields) => {
      if (fields.length === 0) return v;
      const having = v.filter((e) => isObject(e) && fields.some((f) => f in e));
      return fields.length === 1
        ? having.map((e) => e[fields[0]])
        : having.map((e) => fields.map((f) => e[f]));
    },
    chunk: (v, [size]) => {
      if (typeof size !== 'number' || !(size >= 1)) fail('chunk(): expected a size greater than 0');
      const result = [];
      for (let i = 0; i < v.length; i += size) result.push(v.slice(i, i + size));
      return result;
    },
    smartJoin: (v, [keyField, valueField]) => {
      if (!keyField || !valueField || typeof keyField !== 'string' || typeof valueField !== 'string') {
        fail('smartJoin(): expected the names of the key field and of the value field');
      }
      const result = {};
      for (const e of v) {
        if (isObject(e) && keyField in e && valueField in e && !POLLUTING.has(String(e[keyField]))) {
          result[e[keyField]] = e[valueField];
        }
      }
      return result;
    },
    renameKeys: (v, names) => {
      if (names.length === 0 || names.length % 2 !== 0) {
        fail('renameKeys(): expected pairs of names: old, new, …');
      }
      return v.map((e) => {
        if (!isPlain(e)) return e;
        const result = { ...e };
        for (let i = 0; i < names.length; i += 2) {
          if (names[i] in result) {
            const held = result[names[i]];
            delete result[names[i]];
            result[names[i + 1]] = held;
          }
        }
        return result;
      });
    },
    merge: (v, args) => {
      if (args[0] === undefined) return joined({}, v.filter(isPlain));
      const others = listArgument(args, 'merge');
      let result = {};
      for (let i = 0; i < Math.max(v.length, others.length); i++) {
        if (isObject(v[i]) && isObject(others[i])) result = { ...result, ...joined(v[i], [others[i]]) };
      }
      return result;
    },
    mergeIntoObject: (v, args) => {
      const others = args[0] === undefined ? [] : listArgument(args, 'mergeIntoObject');
      let result = {};
      for (let i = 0; i < Math.max(v.length, others.length); i++) {
        const base = isPlain(v[i]) ? v[i] : {};
        result = { ...result, ...joined(base, isPlain(others[i]) ? [others[i]] : []) };
      }
      return result;
    },
    union: (v, args) => unique([...v, ...listArgument(args, 'union')]),
    difference: (v, args) => {
      const others = listArgument(args, 'difference');
      return unique(v.filter((a) => !others.some((b) => equal(a, b))));
    },
    intersection: (v, args) => {
      const others = listArgument(args, 'intersection');
      return unique(v.filter((a) => others.some((b) => equal(a, b))));
    },
    append: (v, elements) => v.concat(elements),
    toJsonString: (v) => JSON.stringify(v),
    toInt: nothing,
    toFloat: nothing,
    toBoolean: nothing,
    toDateTime: nothing,
  };
  array.removeDuplicates = array.unique;

  const text = (v, name) => {
    if (typeof v !== 'string' || v === '') fail(name + '(): expected a text that is not empty');
    return v;
  };
  const having = (v, test) => Object.fromEntries(Object.entries(v).filter(test));
  const formEncode = (v) =>
    encodeURIComponent(String(v))
      .replace(/[!'()~]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase())
      .replace(/%20/g, '+');

  const object = {
    isEmpty: (v) => Object.keys(v).length === 0,
    isNotEmpty: (v) => Object.keys(v).length > 0,
    hasField: (v, [name]) => Object.hasOwn(v, name),
    removeField: (v, [name]) => {
      const { ...copy } = v;
      delete copy[name];
      return copy;
    },
    removeFieldsContaining: (v, [part]) => {
      text(part, 'removeFieldsContaining');
      return having(v, ([, field]) => !(typeof field === 'string' && field.includes(part)));
    },
    keepFieldsContaining: (v, [part]) => {
      text(part, 'keepFieldsContaining');
      return having(v, ([, field]) => typeof field === 'string' && field.includes(part));
    },
    compact: compactObject,
    urlEncode: (v) =>
      Object.entries(v)
        .map(([key, field]) => formEncode(key) + '=' + formEncode(field))
        .join('&'),
    keys: (v) => Object.keys(v),
    values: (v) => Object.values(v),
    toJsonString: (v) => JSON.stringify(v),
    toInt: nothing,
    toFloat: nothing,
    toBoolean: nothing,
    toDateTime: nothing,
  };

  const CURRENCY = /\p{Sc}/gu;
  const SMALL = new Set(
    ('a an and as at because but by en for if in neither nor of on only or over per so some than ' +
      'that the to up upon v versus via vs when with without yet').split(' '));
  const DOMAIN = '(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})';
  const IS_DOMAIN = new RegExp('^' + DOMAIN + '(?::\\d{1,5})?$', 'i');
  const IS_EMAIL = new RegExp("^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + DOMAIN + '$', 'i');
  const FIND_EMAIL = new RegExp("[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@" + DOMAIN, 'i');
  const HOST = '(?:localhost|\\d{1,3}(?:\\.\\d{1,3}){3}|(?:[a-z0-9_\\u00a1-\\uffff-]{1,63}\\.)+[a-z0-9\\u00a1-\\uffff-]{2,63})';
  const URL_TEXT = '(?:https?|ftp)://(?:[^\\s/?#@:]+(?::[^\\s/?#@]*)?@)?' + HOST + '(?::\\d{1,5})?(?:[/?#][^\\s]*)?';
  const IS_URL = new RegExp('^' + URL_TEXT + '$', 'i');
  const FIND_URL = new RegExp(URL_TEXT, 'i');
  const FIND_HOST = new RegExp(
    '^(?:(?:https?|ftp):)?//(?:[^\\s/?#@]*@)?([^\\s/?#:@]+)|^(?:mailto:)?(?:[^\\s@/]+@)?(' + DOMAIN + ')(?=[:/?#]|$)', 'i');

  const wholeNumber = (v, [radix]) => {
    const result = parseInt(v.replace(CURRENCY, ''), radix);
    return Number.isNaN(result) ? fail('toInt(): cannot convert to an integer') : result;
  };
  const decimalNumber = (v) => {
    if (v.includes(',')) fail('toFloat(): a comma is not a decimal point');
    const result = parseFloat(v.replace(CURRENCY, ''));
    return Number.isNaN(result) ? fail('toFloat(): cannot convert to a number') : result;
  };

  function dateFromNumber(n, unit) {
    switch (unit) {
      case 's': return DateTime.fromSeconds(n);
      case 'us': return DateTime.fromMillis(n / 1000);
      case 'excel': return DateTime.fromMillis((n - 25569) * 86400000);
      default: return DateTime.fromMillis(n);
    }
  }

  function dateFromText(v) {
    for (const read of [DateTime.fromISO, DateTime.fromHTTP, DateTime.fromRFC2822, DateTime.fromSQL]) {
      const parsed = read(v, { setZone: true });
      if (parsed.isValid) return parsed;
    }
    return DateTime.fromJSDate(new Date(v));
  }

  const string = {
    length: (v) => v.length,
    isEmpty: (v) => v === '',
    isNotEmpty: (v) => v !== '',
    hash: (v, [algorithm]) => ask('hash', algorithm === undefined ? 'md5' : String(algorithm), v),
    base64Encode: (v) => ask('base64Encode', v),
    base64Decode: (v) => ask('base64Decode', v).slice(1),
    removeTags: (v) => v.replace(/<[^>]*>?/gm, ''),
    removeMarkdown: (v) =>
      v
        .replace(/^[ \t]*([-*_][ \t]*){3,}$/gm, '')
        .replace(/^([ \t]*)(?:[*+-]|\d+\.)[ \t]+/gm, '$1')
        .replace(/^(?:=+|-+)[ \t]*$/gm, '')
        .replace(/```[^\n]*\n?/g, '')
        .replace(/~~/g, '')
        .replace(/<[^>]*>/g, '')
        .replace(/\[\^[^\]]+\](?::.*$)?/gm, '')
        .replace(/!\[([^\]]*)\]\([^)]*\)/g, '')
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .replace(/^[ \t]{0,3}>[ \t]?/gm, '')
        .replace(/^[ \t]{0,3}#{1,6}[ \t]*(.*?)[ \t]*#*[ \t]*$/gm, '$1')
        .replace(/(\*{1,3}|_{1,3})(\S(?:.*?\S)??)\1/g, '$2')
        .replace(/`([^`]+)`/g, '$1'),
    toTitleCase: (v) =>
      v.replace(/\S+/g, (word, at) => {
        if (/.(?=[A-Z]|\..)/.test(word)) return word;
        if (at > 0 && SMALL.has(word.toLowerCase())) return word;
        return word.replace(/[\p{L}\p{N}]/u, (letter) => letter.toUpperCase());
      }),
    toSentenceCase: (v) =>
      v.toLowerCase().replace(/(^\s*|[.!?]\s+)(\p{L})/gu, (all, before, letter) => before + letter.toUpperCase()),
    toSnakeCase: (v) =>
      v.toLowerCase().replace(/[ \-]/g, '_').replace(/[^\p{L}\p{N}_]/gu, ''),
    replaceSpecialChars: (v) => ask('ascii', v),
    urlEncode: (v, [all]) => (all ? encodeURI(v) : encodeURIComponent(v)),
    urlDecode: (v, [all]) => (all ? decodeURI(v) : decodeURIComponent(v)),
    quote: (v, [mark = '"']) => mark + v.replaceAll('\\', '\\\\').replaceAll(mark, '\\' + mark) + mark,
    toNumber: (v) => {
      const result = Number(v.replace(CURRENCY, ''));
      return Number.isNaN(result) ? fail('toNumber(): cannot convert to a number') : result;
    },
    toInt: wholeNumber,
    toWholeNumber: wholeNumber,
    toFloat: decimalNumber,
    toDecimalNumber: decimalNumber,
    toBoolean: (v) => !['', 'false', 'no', '0'].includes(v.toLowerCase()),
    toDate: (v) => {
      const date = new Date(v);
      if (Number.isNaN(date.getTime())) fail('cannot convert to date');
      if (!v.includes(':')) date.setHours(0, 0, 0, 0);
      return date;
    },
    toDateTime: (v, [format]) => {
      const parsed =
        format === undefined
          ? dateFromText(v)
          : ['s', 'ms', 'us', 'excel'].includes(format)
            ? dateFromNumber(Number(v), format)
            : DateTime.fromFormat(v, String(format));
      return parsed.isValid ? parsed : fail('cannot convert to Luxon DateTime');
    },
    parseJson: (v) => {
      try {
        return JSON.parse(v);
      } catch {
        return fail(
          v.includes("'") ? "Parsing failed. Check you're using double quotes" : 'Parsing failed');
      }
    },
    toJsonString: (v) => JSON.stringify(v),
    isNumeric: (v) => v !== '' && !/\s/.test(v) && !Number.isNaN(Number(v)),
    isUrl: (v) => IS_URL.test(v),
    isDomain: (v) => IS_DOMAIN.test(v),
    isEmail: (v) => IS_EMAIL.test(v),
    extractEmail: (v) => v.match(FIND_EMAIL)?.[0],
    extractDomain: (v) => {
      if (FIND_EMAIL.test(v) && !v.includes('://')) return v.match(FIND_EMAIL)[0].split('@')[1];
      const found = v.trim().match(FIND_HOST) ?? v.match(FIND_URL)?.[0].match(FIND_HOST);
      return found?.[1] ?? found?.[2];
    },
    extractUrl: (v) => v.match(FIND_URL)?.[0],
    extractUrlPath: (v) => {
      const parts = v.match(/^[a-z][a-z0-9+.-]*:\/\/[^/?#\s]+([^?#\s]*)/i);
      return parts ? parts[1] || '/' : undefined;
    },
  };

  const whole = (v, name) => {
    if (!Number.isInteger(v)) fail(name + '(): the number is not an integer');
    return v;
  };
  const round = (v, [places = 0]) => +v.toFixed(places);
  const number = {
    ceil: (v) => Math.ceil(v),
    floor: (v) => Math.floor(v),
    round,
    abs: (v) => Math.abs(v),
    isInteger: (v) => Number.isInteger(v),
    isEven: (v) => whole(v, 'isEven') % 2 === 0,
    isOdd: (v) => Math.abs(whole(v, 'isOdd') % 2) === 1,
    format: (v, [locale = 'en-US', options]) => new Intl.NumberFormat(locale, options).format(v),
    toBoolean: (v) => v !== 0,
    toNumber: (v) => v,
    toInt: (v) => round(v, []),
    toFloat: (v) => v,
    toDateTime: (v, [unit = 'ms']) => {
      if (!['s', 'ms', 'us', 'excel'].includes(unit)) fail('toDateTime(): the unit must be s, ms, us or excel');
      return dateFromNumber(v, unit);
    },
  };

  const boolean = {
    toNumber: (v) => (v ? 1 : 0),
    toInt: (v) => (v ? 1 : 0),
    toFloat: (v) => (v ? 1 : 0),
    toBoolean: (v) => v,
    toDateTime: nothing,
  };

  const ALIASES = {
    ms: 'milliseconds', sec: 'seconds', secs: 'seconds', min: 'minutes', mins: 'minutes', hr: 'hours', hrs: 'hours',
  };
  const UNITS = new Set(
    ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond'].flatMap((u) => [u, u + 's']));
  const unitName = (unit) => {
    const name = Object.hasOwn(ALIASES, unit) ? ALIASES[unit] : unit;
    if (!UNITS.has(name)) fail('Unsupported unit "' + String(unit) + '"');
    return name.endsWith('s') ? name : name + 's';
  };
  const luxonDate = (v) => (DateTime.isDateTime(v) ? v : DateTime.fromJSDate(v));
  const like = (original, changed) => (DateTime.isDateTime(original) ? changed : changed.toJSDate());
  const duration = (args) => {
    if (args.length < 2) {
      return typeof args[0] === 'number' ? { milliseconds: args[0] } : args[0];
    }
    const unit = args[1] === undefined ? 'minutes' : args[1];
    return { [Object.hasOwn(ALIASES, unit) ? ALIASES[unit] : unit]: args[0] };
  };
  const readDate = (v) => {
    if (DateTime.isDateTime(v)) return v;
    if (v instanceof Date) return DateTime.fromJSDate(v);
    return typeof v === 'string' ? dateFromText(v) : undefined;
  };
  const PARTS = {
    week: 'weekNumber', weekNumber: 'weekNumber', yearDayNumber: 'ordinal', weekday: 'weekday',
  };

  function difference(v, other, unit) {
    const to = readDate(other);
    if (to === undefined || !to.isValid) fail('diffTo(): expected a date');
    const from = luxonDate(v);
    if (Array.isArray(unit)) return from.diff(to, unit.map(unitName)).toObject();
    const name = unitName(unit);
    return from.diff(to, name)[name];
  }

  const date = {
    plus: (v, args) => like(v, luxonDate(v).plus(duration(args))),
    minus: (v, args) => like(v, luxonDate(v).minus(duration(args))),
    beginningOf: (v, [unit = 'week']) => like(v, luxonDate(v).startOf(Object.hasOwn(ALIASES, unit) ? ALIASES[unit] : unit)),
    endOfMonth: (v) => like(v, luxonDate(v).endOf('month')),
    extract: (v, [part = 'week']) =>
      luxonDate(v).get(Object.hasOwn(PARTS, part) ? PARTS[part] : part) ?? null,
    format: (v, [tokens]) => luxonDate(v).toFormat(tokens),
    isBetween: (v, args) => {
      if (args.length !== 2) fail('isBetween(): expected two dates');
      const [a, b] = args.map(readDate);
      if (a === undefined || b === undefined || !a.isValid || !b.isValid) return undefined;
      const at = luxonDate(v);
      return a < b ? a < at && at < b : b < at && at < a;
    },
    isInLast: (v, args) => {
      const now = DateTime.now();
      const [amount, unit = 'minutes'] = args;
      const at = luxonDate(v);
      return now.minus({ [unitName(unit)]: amount }) <= at && at <= now;
    },
    isWeekend: (v) => luxonDate(v).weekday > 5,
    isDst: (v) => luxonDate(v).isInDST,
    diffTo: (v, [other, unit = 'days']) => difference(v, other, unit),
    diffToNow: (v, [unit = 'days']) => difference(v, DateTime.now(), unit),
    toDateTime: (v) => luxonDate(v),
    toInt: (v) => luxonDate(v).toMillis(),
    toFloat: (v) => luxonDate(v).toMillis(),
    toBoolean: nothing,
    isEmpty: () => false,
    isNotEmpty: () => true,
  };

  const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

  // Own properties of tables without a prototype, so that "toString" finds nothing.
  const tables = { array, string, number, date, object, boolean };
  for (const name of Object.keys(tables)) Object.setPrototypeOf(tables[name], null);

  function find(v, name) {
    switch (typeof v) {
      case 'string':
        if (v.length === 24 && name !== 'toDate' && name !== 'toDateTime' && ISO.test(v)) {
          return date[name];
        }
        return string[name];
      case 'number': return number[name];
      case 'boolean': return boolean[name];
      case 'object':
        if (Array.isArray(v)) return array[name];
        if (v instanceof Date || DateTime.isDateTime(v)) return date[name];
        return object[name];
      default: return undefined;
    }
  }

  function unsupported(name) {
    const types = Object.keys(tables).filter((type) => tables[type][name] !== undefined);
    fail(name + '() is only callable on type ' + types.join(', '));
  }

  function extend(v, name, args) {
    if (v === undefined || v === null) {
      return name === 'isEmpty' ? true : fail(name + '() cannot be called on ' + v + ' (there is no value)');
    }
    const extension = find(v, name);
    if (extension !== undefined) return extension(v, args);
    const native = v[name];
    if (typeof native === 'function') return native.apply(v, args);
    if (name === 'isEmpty') return !v;
    if (name === 'isNotEmpty') return !!v;
    return unsupported(name);
  }

  function extendOptional(v, name, args) {
    if (v === undefined || v === null) return extend(v, name, args);
    return find(v, name) !== undefined || typeof v[name] === 'function' || name === 'isEmpty' || name === 'isNotEmpty'
      ? extend(v, name, args)
      : undefined;
  }

  const names = [...new Set(Object.values(tables).flatMap((table) => Object.keys(table)))];
  return { extend, extendOptional, names, fail };
})
