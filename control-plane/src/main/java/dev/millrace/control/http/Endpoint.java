package dev.millrace.control.http;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One operation of the API, with what it takes and gives: requests are checked by that before the
 * handler runs, and the description of the API is made from it.
 *
 * @param method such as {@code GET}
 * @param path with its parameters in braces, such as {@code /api/workflows/{id}}
 * @param id its name in the description of the API, such as {@code workflows.get}
 * @param summary one line for people
 * @param takes the body, empty for none: one that is sent is refused
 * @param gives what it answers when all goes well, the first of them preferred
 * @param failures errors of its own, beside those that follow from what it takes
 */
public record Endpoint(
    String method,
    String path,
    String id,
    String summary,
    Access access,
    Handler handler,
    Query query,
    Optional<Schema> takes,
    List<Gives> gives,
    List<ErrorCode> failures) {
  private static final Pattern PARAMETER = Pattern.compile("\\{([^}]*)}");

  private static final Pattern JSON_TYPE =
      Pattern.compile("\\s*application/([\\w.-]+\\+)?json\\s*(;.*)?", Pattern.CASE_INSENSITIVE);

  /**
   * What it knows of the query.
   *
   * @param others whether others are taken and mean nothing
   */
  public record Query(List<Parameter> known, boolean others) {}

  /**
   * An answer.
   *
   * @param type of its content; empty for none
   */
  public record Gives(int status, String type, Schema schema) {}

  /** One that takes nothing and gives nothing (204). */
  public Endpoint(
      String method, String path, String id, String summary, Access access, Handler handler) {
    this(
        method,
        path,
        id,
        summary,
        access,
        handler,
        new Query(List.of(), false),
        Optional.empty(),
        List.of(),
        List.of());
  }

  /** The same, which knows these values of the query. */
  public Endpoint query(Parameter... known) {
    return asking(new Query(List.of(known), false));
  }

  /** The same, which knows these and takes any others: somebody else wrote the query. */
  public Endpoint queryAndOthers(Parameter... known) {
    return asking(new Query(List.of(known), true));
  }

  private Endpoint asking(Query asked) {
    return new Endpoint(method, path, id, summary, access, handler, asked, takes, gives, failures);
  }

  /** The same, which takes such a body. */
  public Endpoint takes(Schema body) {
    return new Endpoint(
        method, path, id, summary, access, handler, query, Optional.of(body), gives, failures);
  }

  /** The same, which answers 200 with such a value. */
  public Endpoint gives(Schema value) {
    return giving(new Gives(200, "application/json", value));
  }

  /** The same, which answers 201 with such a value. */
  public Endpoint creates(Schema value) {
    return giving(new Gives(201, "application/json", value));
  }

  /** The same, which answers 202 with such a value. */
  public Endpoint accepts(Schema value) {
    return giving(new Gives(202, "application/json", value));
  }

  /** The same, which answers with a text of such a type, such as {@code text/event-stream}. */
  public Endpoint givesText(String type) {
    return giving(new Gives(200, type, Schema.text()));
  }

  /** The same, which sends a browser elsewhere (303). */
  public Endpoint redirects() {
    return giving(new Gives(303, "", Schema.any()));
  }

  /** The same, which may also answer with nothing (204). */
  public Endpoint orNothing() {
    return giving(new Gives(204, "", Schema.any()));
  }

  /** The same, which answers with a text of such a type where something goes wrong, too. */
  public Endpoint givesText(int status, String type) {
    return giving(new Gives(status, type, Schema.text()));
  }

  /** The same, which may fail in these ways beside those that follow from what it takes. */
  public Endpoint fails(ErrorCode... codes) {
    return new Endpoint(
        method, path, id, summary, access, handler, query, takes, gives, List.of(codes));
  }

  private Endpoint giving(Gives more) {
    return new Endpoint(
        method,
        path,
        id,
        summary,
        access,
        handler,
        query,
        takes,
        Stream.concat(gives.stream(), Stream.of(more)).toList(),
        failures);
  }

  /**
   * Refuses what it does not take.
   *
   * @throws MillraceException {@code INVALID_INPUT} or {@code INVALID_JSON}
   */
  public void check(Call call) {
    call.parameters().values().stream()
        .filter(Schema::unstorable)
        .findFirst()
        .ifPresent(unstorable -> {
          // Nothing that is stored has such an id.
          throw new MillraceException(ErrorCode.NOT_FOUND, "There is nothing of that id");
        });
    call.queries()
        .forEach((name, text) -> {
          Optional<Parameter> parameter =
              query.known().stream().filter(one -> one.name().equals(name)).findFirst();
          if (parameter.isEmpty() && !query.others()) {
            throw Call.invalid(name + " is no parameter of this");
          }
          if (!text.isBlank()) {
            parameter.flatMap(known -> known.refusal(text)).ifPresent(Endpoint::refuse);
          }
        });
    if (takes.isPresent() || !call.content().isEmpty()) {
      requireType(call);
      takes.orElse(Schema.object()).refusal(call.content().value(), "").ifPresent(Endpoint::refuse);
    }
  }

  /** Who declares that other types than JSON fail refuses them; a type that is not said passes. */
  private void requireType(Call call) {
    Optional<String> type =
        call.header().apply("content-type").filter(said -> !call.content().isEmpty());
    if (failures.contains(ErrorCode.UNSUPPORTED_MEDIA_TYPE)
        && type.isPresent()
        && !JSON_TYPE.matcher(type.get()).matches()) {
      throw new MillraceException(
          ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must be application/json");
    }
  }

  private static void refuse(String why) {
    throw Call.invalid(why);
  }

  /** The names of the parameters of its path. */
  public List<String> pathParameters() {
    return PARAMETER.matcher(path).results().map(match -> match.group(1)).toList();
  }

  /** Every status that it may answer with, 500 apart, which is a defect. */
  public Set<Integer> statuses() {
    Set<Integer> all = new TreeSet<>();
    gives.forEach(one -> all.add(one.status()));
    if (gives.isEmpty()) {
      all.add(204);
    }
    problems().forEach(code -> all.add(Problems.status(code)));
    return all;
  }

  /** The errors that it may answer with, a defect apart. */
  List<ErrorCode> problems() {
    List<ErrorCode> all = new ArrayList<>(failures);
    // A query that it does not know is refused, so every endpoint has input that can be wrong.
    all.add(ErrorCode.INVALID_INPUT);
    all.add(ErrorCode.NOT_SIGNED_IN);
    all.add(ErrorCode.TOO_MANY_REQUESTS);
    all.add(ErrorCode.OVERLOADED);
    if (!(access instanceof Access.Open)) {
      all.add(ErrorCode.NOT_ALLOWED);
    }
    if (!pathParameters().isEmpty()) {
      all.add(ErrorCode.NOT_FOUND);
    }
    if (takes.isPresent()) {
      all.add(ErrorCode.INVALID_JSON);
    }
    all.add(ErrorCode.BODY_TOO_LARGE);
    return List.copyOf(new LinkedHashSet<>(all));
  }
}
