package dev.millrace.bench;

import dev.millrace.error.ErrorCode;
import dev.millrace.error.MillraceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The load generator wrk, as a child process: so many connections, each always busy. */
final class Wrk {
  private static final Pattern RATE = Pattern.compile("Requests/sec:\\s+([0-9.]+)");
  private static final Pattern COUNT = Pattern.compile("(\\d+) requests in");
  private static final Pattern PERCENTILE =
      Pattern.compile("^\\s+(50|99)%\\s+([0-9.]+)(us|ms|s|m)\\s*$", Pattern.MULTILINE);
  private static final Pattern BAD_STATUS = Pattern.compile("Non-2xx or 3xx responses: (\\d+)");
  private static final Pattern SOCKET =
      Pattern.compile("Socket errors: connect (\\d+), read (\\d+), write (\\d+), timeout (\\d+)");

  /** What one run measured; latencies in milliseconds. */
  record Result(long requests, double perSecond, double p50, double p99, long errors) {}

  private Wrk() {}

  static boolean installed() {
    try {
      Process process = new ProcessBuilder("wrk", "-v").redirectErrorStream(true).start();
      process.getInputStream().readAllBytes();
      process.waitFor();
      return true;
    } catch (IOException missing) {
      return false;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Posts a JSON body for so many seconds. */
  static Result post(String url, byte[] body, int connections, int seconds, Path directory)
      throws IOException, InterruptedException {
    Path bodyFile = directory.resolve("body.json");
    Files.write(bodyFile, body);
    Path script = directory.resolve("post.lua");
    Files.writeString(
        script,
        """
        local f = io.open("%s", "rb")
        wrk.method = "POST"
        wrk.body = f:read("*a")
        f:close()
        wrk.headers["Content-Type"] = "application/json"
        """
            .formatted(bodyFile));
    Process process =
        new ProcessBuilder(
                List.of(
                    "wrk",
                    "-t1",
                    "-c" + connections,
                    "-d" + seconds + "s",
                    "--timeout",
                    "10s",
                    "--latency",
                    "-s",
                    script.toString(),
                    url))
            .redirectErrorStream(true)
            .start();
    String report = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new MillraceException(ErrorCode.INTERNAL, "wrk failed: " + report);
    }
    return parse(report);
  }

  /** Reads wrk's report. */
  static Result parse(String report) {
    double p50 = Double.NaN;
    double p99 = Double.NaN;
    Matcher percentile = PERCENTILE.matcher(report);
    while (percentile.find()) {
      double millis =
          Double.parseDouble(percentile.group(2))
              * switch (percentile.group(3)) {
                case "us" -> 0.001;
                case "ms" -> 1;
                case "s" -> 1_000;
                default -> 60_000;
              };
      if (percentile.group(1).equals("50")) {
        p50 = millis;
      } else {
        p99 = millis;
      }
    }
    long errors = 0;
    Matcher bad = BAD_STATUS.matcher(report);
    if (bad.find()) {
      errors += Long.parseLong(bad.group(1));
    }
    Matcher socket = SOCKET.matcher(report);
    if (socket.find()) {
      for (int i = 1; i <= 4; i++) {
        errors += Long.parseLong(socket.group(i));
      }
    }
    return new Result((long) number(COUNT, report), number(RATE, report), p50, p99, errors);
  }

  private static double number(Pattern pattern, String report) {
    Matcher matcher = pattern.matcher(report);
    if (!matcher.find()) {
      throw new MillraceException(ErrorCode.INTERNAL, "wrk reported: " + report);
    }
    return Double.parseDouble(matcher.group(1));
  }
}
