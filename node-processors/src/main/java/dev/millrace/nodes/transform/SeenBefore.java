package dev.millrace.nodes.transform;

import dev.millrace.error.ErrorCode;
import dev.millrace.item.Item;
import dev.millrace.item.Pairing;
import dev.millrace.node.KeyedState;
import dev.millrace.node.NodeCall;
import dev.millrace.node.NodeException;
import dev.millrace.parameter.DateTimes;
import dev.millrace.value.Coercion;
import dev.millrace.value.Undefined;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What earlier executions had, in a state of the node or workflow, and one run's look at it. Items
 * are compared with earlier runs only, not with each other. A run that is made again finds what it
 * has itself brought in as if it had not, and so answers the same.
 *
 * <p>New values are numbered. The history is the last so many numbers: its beginning moves on with
 * each new value, and what lies before it is forgotten at once and deleted little by little.
 *
 * <p>Entries: {@code vHASH} → number, mark of the run that brought the value; {@code oNUMBER} → the
 * value's hash; {@code history} → a {@link History}; {@code highest} and {@code latest} → mark of
 * the run that set it, what was highest before that run, and since.
 */
final class SeenBefore {
  private static final String HISTORY = "history";
  private static final String HIGHEST = "highest";
  private static final String LATEST = "latest";

  /** What a run may forget beyond what it brings, so that none takes long. */
  private static final int MOST_DELETED = 1_000;

  private static final int MARK_BYTES = 16;

  private final KeyedState state;
  private final NodeCall call;
  private final byte[] mark;

  SeenBefore(KeyedState state, NodeCall call) {
    this.state = state;
    this.call = call;
    String run =
        call.execution().executionId() + '\0' + call.node().name() + '\0' + call.runIndex();
    this.mark = Arrays.copyOf(hash(run), MARK_BYTES);
  }

  /**
   * Where the numbers of a history stand.
   *
   * @param next of the next new value
   * @param first that counts
   * @param undeleted the first that is not deleted
   * @param last the mark of the last run
   * @param firstForLast that counted for it
   */
  private record History(long next, long first, long undeleted, byte[] last, long firstForLast) {
    static History of(KeyedState state) {
      byte[] stored = state.get(HISTORY);
      if (stored == null) {
        return new History(0, 0, 0, new byte[MARK_BYTES], 0);
      }
      ByteBuffer bytes = ByteBuffer.wrap(stored);
      byte[] last = new byte[MARK_BYTES];
      return new History(
          bytes.getLong(), bytes.getLong(), bytes.getLong(), last, bytes.get(last).getLong());
    }

    void store(KeyedState state) {
      state.put(
          HISTORY,
          ByteBuffer.allocate(4 * Long.BYTES + MARK_BYTES)
              .putLong(next)
              .putLong(first)
              .putLong(undeleted)
              .put(last)
              .putLong(firstForLast)
              .array());
    }
  }

  /** Forgets everything. */
  static void clear(KeyedState state) {
    state.delete(HIGHEST);
    state.delete(LATEST);
    if (state.get(HISTORY) != null) {
      History known = History.of(state);
      long undeleted = delete(state, known.undeleted(), known.next(), MOST_DELETED);
      new History(known.next(), known.next(), undeleted, new byte[MARK_BYTES], known.next())
          .store(state);
    }
  }

  /**
   * Deletes forgotten values, at most so many.
   *
   * @return the first number that is not deleted now
   */
  private static long delete(KeyedState state, long from, long to, long most) {
    long end = Math.min(to, from + most);
    for (long number = from; number < end; number++) {
      String order = "o" + number;
      byte[] hash = state.get(order);
      if (hash != null) {
        String value = valueKey(hash);
        byte[] seen = state.get(value);
        // It may have come again since, with a number that counts.
        if (seen != null && ByteBuffer.wrap(seen).getLong() == number) {
          state.delete(value);
        }
        state.delete(order);
      }
    }
    return Math.max(from, end);
  }

  /** The items whose value no earlier run had, as far as the history goes. */
  List<Item> newValues() {
    long size = (long) Math.max(1, call.number("options.historySize", 0, 10_000));
    History before = History.of(state);
    boolean again = Arrays.equals(before.last(), mark);
    long first = again ? before.firstForLast() : Math.max(before.first(), before.next() - size);
    long next = before.next();
    List<Item> kept = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      byte[] hash = hash(Coercion.toText(given("dedupeValue", i)));
      String key = valueKey(hash);
      byte[] seen = state.get(key);
      if (seen != null && ByteBuffer.wrap(seen).getLong() >= first) {
        if (isOfThisRun(seen)) {
          kept.add(kept(i));
        }
        continue;
      }
      state.put(key, ByteBuffer.allocate(Long.BYTES + MARK_BYTES).putLong(next).put(mark).array());
      state.put("o" + next, hash);
      next++;
      kept.add(kept(i));
    }
    // What counted for this run stays, in case it is made again.
    long undeleted = delete(state, before.undeleted(), first, next - before.next() + MOST_DELETED);
    new History(next, Math.max(before.first(), next - size), undeleted, mark, first).store(state);
    return kept;
  }

  /** The items whose number is higher than any of earlier runs. */
  List<Item> higherNumbers() {
    return above(HIGHEST, this::number, Double::valueOf);
  }

  /** The items whose date is later than any of earlier runs. */
  List<Item> laterDates() {
    return above(LATEST, this::date, Instant::parse);
  }

  private <T extends Comparable<T>> List<Item> above(
      String entry, IntFunction<T> value, Function<String, T> parse) {
    String[] stored = bound(entry);
    boolean again = stored.length > 0 && stored[0].equals(markText());
    String beforeText = stored.length == 0 ? "" : again ? stored[1] : stored[2];
    T before = beforeText.isEmpty() ? null : parse.apply(beforeText);
    T highest = before;
    List<Item> kept = new ArrayList<>();
    for (int i = 0; i < call.input().size(); i++) {
      T found = value.apply(i);
      if (before == null || found.compareTo(before) > 0) {
        kept.add(kept(i));
      }
      if (highest == null || found.compareTo(highest) > 0) {
        highest = found;
      }
    }
    if (highest != null && !highest.equals(before)) {
      state.put(
          entry,
          (markText() + '\n' + beforeText + '\n' + highest).getBytes(StandardCharsets.UTF_8));
    }
    return kept;
  }

  /** Mark of the run that set it, what was highest before that run, and since; empty: none has. */
  private String[] bound(String entry) {
    byte[] stored = state.get(entry);
    return stored == null
        ? new String[0]
        : new String(stored, StandardCharsets.UTF_8).split("\n", -1);
  }

  private double number(int i) {
    Object given = given("incrementalDedupeValue", i);
    double number =
        given instanceof Double || given instanceof String ? Coercion.toNumber(given) : Double.NaN;
    if (Double.isNaN(number)) {
      throw unusable("'" + Coercion.toText(given) + "' is not a number", i);
    }
    // Both zeros are one number, but not in Java's order.
    return number == 0 ? 0.0 : number;
  }

  private Instant date(int i) {
    Object given = given("dateDedupeValue", i);
    if (given instanceof ZonedDateTime date) {
      return date.toInstant();
    }
    if (given instanceof Instant instant) {
      return instant;
    }
    if (given instanceof Double millis && Math.abs(millis) <= 8.64e15) {
      return Instant.ofEpochMilli(millis.longValue());
    }
    return DateTimes.parse(Coercion.toText(given), call.execution().zone())
        .orElseThrow(() -> unusable("'" + Coercion.toText(given) + "' cannot be read as a date", i))
        .toInstant();
  }

  private Object given(String parameter, int i) {
    Object value = call.parameter(parameter, i);
    if (value == null || value == Undefined.UNDEFINED || value.equals("")) {
      throw unusable("The value to dedupe on is empty", i);
    }
    return value;
  }

  private static NodeException unusable(String message, int i) {
    return new NodeException(
        ErrorCode.NODE_FAILED,
        message,
        i,
        "Every item needs a value in 'Value to Dedupe On' that tells it from others; leave out the"
            + " items that have none before this node.",
        Map.<String, @Nullable Object>of(),
        null);
  }

  private Item kept(int i) {
    return call.input().get(i).withPairing(Pairing.to(i));
  }

  private boolean isOfThisRun(byte[] seen) {
    return Arrays.equals(seen, Long.BYTES, seen.length, mark, 0, MARK_BYTES);
  }

  private String markText() {
    return Base64.getEncoder().encodeToString(mark);
  }

  private static String valueKey(byte[] hash) {
    return "v" + Base64.getEncoder().withoutPadding().encodeToString(hash);
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
