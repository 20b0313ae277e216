package dev.millrace.chaos;

import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * What is too large or never ends: bodies, answers and archives that are larger than they may be,
 * or much larger than they look; code that runs for ever; workflows that start themselves. Each
 * comes to its right result or to the error that says what is wrong; how an execution has to end is
 * in {@link #endings}.
 *
 * <p>Nothing but a child process with a heap of its own could keep code that asks for more memory
 * than there is at once from ending its engine. An engine that ends so is started again, as
 * whatever runs engines does, and the figures say how many were.
 */
final class Big implements Scenario {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int MEGABYTE = 1_000_000;
  private static final int ZEROS = 100 * MEGABYTE;
  private static final List<Integer> MEGABYTES = List.of(1, 10, 100);

  /** What the reference of a stored file begins with; its path in the store follows. */
  private static final String STORED = "filesystem-v2:";

  private static final int OK = 200;
  private static final int TOO_LARGE = 413;
  private static final int FAILED = 500;
  private static final Set<Integer> AGAIN = Set.of(429, 503, 504);

  private static final Map<String, Set<String>> ENDINGS =
      Map.of(
          "bigItems",
          // Which of them depends on how fast it grows: of itself, for memory, or with its engine.
          Set.of("MR-1504", "MR-1303", "MR-1505"),
          "bigAnswer",
          Set.of("MR-1608"),
          "bigPacked",
          Set.of("MR-1608"),
          "bigZip",
          Set.of("MR-1703"),
          "bigLoop",
          Set.of("MR-1302"),
          "bigExpression",
          Set.of("MR-1202"),
          "bigSelf",
          Set.of("MR-1501"),
          "bigSelfApart",
          Set.of("success", "MR-1501"));

  private record Service(byte[] zip, byte[] packed) {}

  /**
   * One thing to do.
   *
   * @param status that its caller is to be told
   * @param answer that an answer of 200 has to contain
   */
  private record Call(String workflow, String json, int status, String answer) {}

  @Override
  public String name() {
    return "big";
  }

  // It starts engines again that end.
  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES, Part.WORKERS, Part.INGRESS, Part.STUB);
  }

  @Override
  public String fault() {
    return "bodies and files of 1, 10 and 100 MB, a thousand items of 1 MB, archives and answers that"
        + " unpack to a hundred times their size, endless code, workflows that start themselves";
  }

  @Override
  public Map<String, Set<String>> endings() {
    return ENDINGS;
  }

  @Override
  public Map<String, String> workflows() {
    Map<String, String> workflows = new LinkedHashMap<>();
    workflows.put(
        "bigBody",
        Chain.webhook("bigBody", "lastNode")
            .set("Length", "length", "number", "={{ $json.body.data.length }}")
            .json());
    workflows.put(
        "bigFile",
        Chain.webhook("bigFile", "lastNode")
            .then("Get", "httpRequest", 4.2, get("/bytes?{{ $json.body.n }}", "file"))
            .set("File", "file", "string", "={{ $binary.data.id }}")
            .json());
    workflows.put(
        "bigItems",
        Chain.webhook("bigItems", "lastNode")
            .then(
                "Items",
                "code",
                2,
                Map.of(
                    "jsCode",
                    "const all = [];"
                        + " for (let i = 0; i < 1000; i++)"
                        + " all.push({json: {i, data: String(i % 10).repeat(1000000)}});"
                        + " return all;"))
            .json());
    workflows.put(
        "bigAnswer",
        Chain.webhook("bigAnswer", "lastNode")
            .then("Get", "httpRequest", 4.2, get("/items", "json"))
            .json());
    workflows.put(
        "bigPacked",
        Chain.webhook("bigPacked", "lastNode")
            .then("Get", "httpRequest", 4.2, get("/packed", "json"))
            .json());
    workflows.put(
        "bigZip",
        Chain.webhook("bigZip", "lastNode")
            .then("Get", "httpRequest", 4.2, get("/bomb.zip", "file"))
            .then("Unpack", "compression", 1.1, Map.of("operation", "decompress"))
            .json());
    workflows.put(
        "bigLoop",
        Chain.webhook("bigLoop", "lastNode")
            .then("Loop", "code", 2, Map.of("jsCode", "while (true) {}"))
            .json());
    workflows.put(
        "bigExpression",
        Chain.webhook("bigExpression", "lastNode")
            .set("Loop", "never", "string", "={{ (() => { while (true) {} })() }}")
            .json());
    workflows.put("bigSelf", self("bigSelf", true));
    workflows.put("bigSelfApart", self("bigSelfApart", false));
    return workflows;
  }

  private static Map<String, Object> get(String path, String format) {
    return Map.of(
        "method",
        "GET",
        "url",
        (path.contains("{{") ? "=" : "") + "http://127.0.0.1:STUB_PORT" + path,
        "options",
        Map.of("response", Map.of("response", Map.of("responseFormat", format))));
  }

  /** Called by a webhook and by itself. */
  private static String self(String id, boolean waits) {
    return Chain.webhook(id, "lastNode")
        .then(
            "Again",
            "executeWorkflow",
            1.1,
            Map.of(
                "source",
                "database",
                "workflowId",
                Map.of("__rl", true, "mode", "id", "value", id),
                "mode",
                "once",
                "options",
                Map.of("waitForSubWorkflow", waits)))
        .from("Called", "executeWorkflowTrigger", 1, Map.of(), "Again")
        .json();
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    Service service = new Service(zip(), packed());
    rig.stub().behave((exchange, body) -> answer(service, exchange, body));
    try {
      return faults.repeat(time, number -> round(rig, faults, number, random)).result();
    } finally {
      rig.stub().behave(RecordingStub.Behaviour.ECHO);
    }
  }

  private static Duration round(Rig rig, Faults faults, int number, RandomGenerator random)
      throws Exception {
    long begin = System.nanoTime();
    String prefix = "b" + random.nextLong() + "-";
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      // What takes time goes beside what takes memory, and what takes memory one after the other.
      List<Future<?>> all =
          List.of(
              callers.submit(() -> lasting(rig, faults, prefix)),
              callers.submit(() -> large(rig, faults, prefix)));
      while (!all.stream().allMatch(Future::isDone)) {
        for (RigProcess engine : rig.engines()) {
          if (!engine.alive()) {
            rig.tell(engine.name() + " ended and is started again");
            faults.measured(engine.name() + " ended for want of memory");
            engine.start().awaitReady();
          }
        }
        rig.pause(Duration.ofMillis(200));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
    for (RigProcess worker : rig.workers()) {
      faults.require(worker.alive(), worker.name() + " ended");
    }
    faults.require(rig.awaitBalanced(Duration.ofSeconds(60)), "the engines did not find together");
    return faults.within(
        LIMIT, rig.progress().longestGap(begin, System.nanoTime()), "big things " + number);
  }

  private static void lasting(Rig rig, Faults faults, String prefix) {
    for (String workflow : List.of("bigLoop", "bigExpression", "bigSelf")) {
      call(rig, faults, prefix, new Call(workflow, "", FAILED, ""));
    }
    call(rig, faults, prefix, new Call("bigSelfApart", "", OK, ""));
  }

  private static void large(Rig rig, Faults faults, String prefix) {
    call(
        rig,
        faults,
        prefix,
        new Call(
            "bigBody",
            ",\"data\":\"" + "x".repeat(MEGABYTE) + "\"",
            OK,
            "{\"length\":" + MEGABYTE + "}"));
    tooLarge(rig, faults);
    for (int megabytes : MEGABYTES) {
      String answer =
          call(
              rig,
              faults,
              prefix + megabytes,
              new Call("bigFile", ",\"n\":" + megabytes, OK, STORED));
      int at = answer.indexOf(STORED);
      if (at >= 0) {
        String stored = hash(rig.files().resolve(answer.substring(at).split("[:\"]")[1]));
        faults.require(
            stored.equals(hash(megabytes)),
            "a file of " + megabytes + " MB is stored as another: " + stored);
      }
    }
    for (String workflow : List.of("bigAnswer", "bigPacked", "bigZip", "bigItems")) {
      call(rig, faults, prefix, new Call(workflow, "", FAILED, ""));
    }
  }

  /** Calls as a careful caller does: again, under the same key, until there is an answer. */
  private static String call(Rig rig, Faults faults, String prefix, Call call) {
    String callId = prefix + call.workflow();
    String json = "{\"id\":\"" + callId + "\"" + call.json() + "}";
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String told = "nothing";
    while (System.nanoTime() - deadline < 0) {
      try {
        HttpResponse<String> response =
            rig.load().post(call.workflow(), json, List.of("Idempotency-Key", callId));
        told = response.statusCode() + " " + shortened(response.body());
        if (!AGAIN.contains(response.statusCode())) {
          if (response.statusCode() == OK) {
            rig.load().accept(true, callId, response);
          }
          faults.require(
              response.statusCode() == call.status() && response.body().contains(call.answer()),
              call.workflow() + " was answered " + told);
          return response.body();
        }
      } catch (IOException cutOff) {
        told = String.valueOf(cutOff);
      } catch (InterruptedException stopped) {
        Thread.currentThread().interrupt();
        return "";
      }
      rig.pause(Duration.ofMillis(500));
    }
    faults.require(false, call.workflow() + " was not answered in time, at last: " + told);
    return "";
  }

  private static String shortened(String text) {
    return text.length() > 200 ? text.substring(0, 200) + " …" : text;
  }

  /** Bodies that a webhook server of this size does not take: told before they are read whole. */
  private static void tooLarge(Rig rig, Faults faults) {
    for (int megabytes : MEGABYTES.subList(1, MEGABYTES.size())) {
      long bytes = (long) megabytes * MEGABYTE;
      refused(
          rig,
          faults,
          megabytes + " MB, announced",
          "Content-Length: " + bytes + "\r\n",
          out -> text(out, bytes));
      refused(
          rig,
          faults,
          megabytes + " MB in pieces",
          "Transfer-Encoding: chunked\r\n",
          out -> pieces(out, bytes));
    }
    byte[] packed = packed();
    refused(
        rig,
        faults,
        "100 MB in " + packed.length + " bytes",
        "Content-Encoding: gzip\r\nContent-Length: " + packed.length + "\r\n",
        out -> out.write(packed));
  }

  private static void refused(
      Rig rig, Faults faults, String what, String headers, RawPost.Body body) {
    String answer;
    try {
      answer = RawPost.call(rig.load().url("bigBody"), headers, body);
    } catch (IOException none) {
      answer = String.valueOf(none);
    }
    faults.require(
        answer.startsWith(TOO_LARGE + " ") && answer.contains("MR-3001"),
        "a body of " + what + " was answered " + shortened(answer));
  }

  private static void text(OutputStream out, long bytes) throws IOException {
    byte[] piece = new byte[MEGABYTE / 10];
    Arrays.fill(piece, (byte) ' ');
    for (long left = bytes; left > 0; left -= piece.length) {
      out.write(piece);
    }
  }

  private static void pieces(OutputStream out, long bytes) throws IOException {
    byte[] piece = new byte[MEGABYTE / 10];
    Arrays.fill(piece, (byte) ' ');
    byte[] size = (Integer.toHexString(piece.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    for (long left = bytes; left > 0; left -= piece.length) {
      out.write(size);
      out.write(piece);
      out.write('\r');
      out.write('\n');
    }
    out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
  }

  private static void answer(Service service, HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    switch (exchange.getRequestURI().getPath()) {
      case "/bytes" -> {
        exchange.getResponseHeaders().set("Content-Type", "application/octet-stream");
        long bytes = Long.parseLong(exchange.getRequestURI().getQuery()) * MEGABYTE;
        exchange.sendResponseHeaders(OK, bytes);
        text(exchange.getResponseBody(), bytes);
      }
      case "/items" -> {
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(OK, 0);
        OutputStream out = exchange.getResponseBody();
        out.write('[');
        for (int i = 0; i < 1_000; i++) {
          out.write((i == 0 ? "{\"data\":\"" : ",{\"data\":\"").getBytes(StandardCharsets.UTF_8));
          text(out, MEGABYTE);
          out.write("\"}".getBytes(StandardCharsets.UTF_8));
        }
        out.write(']');
      }
      case "/packed" -> {
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        RecordingStub.answer(exchange, OK, service.packed());
      }
      case "/bomb.zip" -> {
        exchange.getResponseHeaders().set("Content-Type", "application/zip");
        exchange.sendResponseHeaders(OK, service.zip().length);
        exchange.getResponseBody().write(service.zip());
      }
      default -> RecordingStub.Behaviour.ECHO.answer(exchange, body);
    }
  }

  private static byte[] zip() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("zeros.txt"));
      text(zip, ZEROS);
    }
    return bytes.toByteArray();
  }

  private static byte[] packed() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream packed = new GZIPOutputStream(bytes)) {
      packed.write("{\"data\":\"".getBytes(StandardCharsets.UTF_8));
      text(packed, ZEROS);
      packed.write("\"}".getBytes(StandardCharsets.UTF_8));
    } catch (IOException never) {
      throw new IllegalStateException(never);
    }
    return bytes.toByteArray();
  }

  /** Of a file that is stored. */
  private static String hash(Path file) {
    MessageDigest digest = sha256();
    byte[] piece = new byte[MEGABYTE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        digest.update(piece, 0, read);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException unreadable) {
      return String.valueOf(unreadable);
    }
  }

  /** Of what the service sends. */
  private static String hash(int megabytes) {
    MessageDigest digest = sha256();
    byte[] piece = new byte[MEGABYTE];
    Arrays.fill(piece, (byte) ' ');
    for (int i = 0; i < megabytes; i++) {
      digest.update(piece);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException never) {
      throw new IllegalStateException(never);
    }
  }
}
