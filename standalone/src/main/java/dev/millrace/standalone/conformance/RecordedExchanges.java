package dev.millrace.standalone.conformance;

import static dev.millrace.standalone.conformance.Recorded.list;
import static dev.millrace.standalone.conformance.Recorded.object;

import dev.millrace.value.Undefined;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the outside answers when a recorded workflow runs.
 *
 * @param mocks its exchanges, in the order in which they are tried
 * @param credentials the dummy credential of each type
 */
public record RecordedExchanges(
    List<HttpMock> mocks, Map<String, Map<String, @Nullable Object>> credentials) {
  private static final String FILE = "HARNESS.json";

  public RecordedExchanges {
    mocks = List.copyOf(mocks);
    credentials = Map.copyOf(credentials);
  }

  /**
   * The exchanges of a workflow file, out of the harness file in a folder above it.
   *
   * @return none where there is no such file, or it does not know the workflow
   */
  public static RecordedExchanges of(Path workflow) {
    return of(entry(workflow));
  }

  /** What the harness file says of a workflow, empty where it does not know it. */
  static Map<String, @Nullable Object> entry(Path workflow) {
    Path absolute = workflow.toAbsolutePath().normalize();
    for (Path folder = absolute.getParent(); folder != null; folder = folder.getParent()) {
      Path harness = folder.resolve(FILE);
      if (java.nio.file.Files.isRegularFile(harness)) {
        Path root = folder.getParent() == null ? folder : folder.getParent();
        String name = root.relativize(absolute).toString().replace('\\', '/');
        return object(object(Recorded.read(harness).get("tests")).get(name));
      }
    }
    return Map.of();
  }

  private static RecordedExchanges of(Map<String, @Nullable Object> entry) {
    List<HttpMock> mocks = new ArrayList<>();
    Map<String, Map<String, @Nullable Object>> credentials = new LinkedHashMap<>();
    for (Object recorded : list(entry.get("tests"))) {
      Map<String, @Nullable Object> test = object(recorded);
      object(test.get("credentials"))
          .forEach((type, fields) -> credentials.put(type, object(fields)));
      mocks.addAll(mocks(list(test.get("nocks"))));
      Map<String, @Nullable Object> more = object(test.get("optNock"));
      for (Object mock : list(more.get("mocks"))) {
        Map<String, @Nullable Object> withBase = new LinkedHashMap<>(object(mock));
        withBase.put("baseUrl", more.get("baseUrl"));
        mocks.add(mock(withBase, Map.of(), Map.of()));
      }
    }
    return new RecordedExchanges(mocks, credentials);
  }

  private static List<HttpMock> mocks(List<@Nullable Object> entries) {
    List<HttpMock> mocks = new ArrayList<>();
    // An entry without a method says something of the exchanges after it: headers that a request
    // must have hold for the next one, headers of answers for all of the same service.
    Map<String, @Nullable Object> wanted = new LinkedHashMap<>();
    Map<String, @Nullable Object> answered = new LinkedHashMap<>();
    Object service = null;
    for (Object recorded : entries) {
      Map<String, @Nullable Object> entry = object(recorded);
      if (entry.get("baseUrl") == null || !entry.get("baseUrl").equals(service)) {
        answered = new LinkedHashMap<>();
        wanted = new LinkedHashMap<>();
        service = entry.get("baseUrl");
      }
      if (entry.containsKey("method")) {
        mocks.add(mock(entry, wanted, answered));
        wanted = new LinkedHashMap<>();
      } else {
        List<@Nullable Object> header = list(entry.get("scopeMatchHeader"));
        if (header.size() == 2) {
          wanted.put(String.valueOf(header.get(0)), header.get(1));
        }
        answered.putAll(object(entry.get("defaultReplyHeaders")));
      }
    }
    return mocks;
  }

  private static HttpMock mock(
      Map<String, @Nullable Object> entry,
      Map<String, @Nullable Object> wanted,
      Map<String, @Nullable Object> answered) {
    Map<String, @Nullable Object> requestHeaders = new LinkedHashMap<>(wanted);
    requestHeaders.putAll(object(entry.get("requestHeaders")));
    Map<String, @Nullable Object> responseHeaders = new LinkedHashMap<>(answered);
    responseHeaders.putAll(object(entry.get("responseHeaders")));
    Object path = entry.get("path");
    return new HttpMock(
        String.valueOf(entry.get("method")),
        String.valueOf(entry.get("baseUrl")),
        path == null ? "/" : path,
        entry.containsKey("query") ? entry.get("query") : Undefined.UNDEFINED,
        entry.containsKey("requestBody") ? entry.get("requestBody") : Undefined.UNDEFINED,
        requestHeaders,
        entry.get("statusCode"),
        entry.get("responseBody"),
        responseHeaders,
        Boolean.TRUE.equals(entry.get("persist"))
            ? Integer.MAX_VALUE
            : entry.get("times") instanceof Number times ? times.intValue() : 1);
  }
}
