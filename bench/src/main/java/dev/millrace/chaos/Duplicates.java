package dev.millrace.chaos;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * The same delivery, by its idempotency key, fifty times at once, and again when the webhook server
 * and an engine were killed and started anew: one execution, and the same answer for everybody.
 */
final class Duplicates implements Scenario {
  private static final int DELIVERIES = 50;
  private static final int OK = 200;

  @Override
  public String name() {
    return "duplicates";
  }

  @Override
  public Set<Part> touches() {
    return Set.of(Part.ENGINES, Part.INGRESS);
  }

  @Override
  public String fault() {
    return "one delivery 50 times at once, and again after a SIGKILL of webhook server and engine";
  }

  @Override
  public Result run(Rig rig, Duration time, RandomGenerator random) throws Exception {
    Faults faults = new Faults(rig);
    return faults
        .repeat(
            time,
            number -> {
              String callId = "d" + random.nextLong();
              List<HttpResponse<String>> first = deliver(rig, callId);
              RigProcess engine = Faults.any(rig.engines(), random);
              engine.kill();
              rig.ingress().kill();
              engine.start();
              rig.ingress().start().awaitReady();
              engine.awaitReady();
              faults.require(
                  rig.awaitBalanced(Duration.ofSeconds(60)), "the engines did not find together");
              List<HttpResponse<String>> all = new ArrayList<>(first);
              all.addAll(deliver(rig, callId));
              all.stream()
                  .filter(answer -> answer.statusCode() == OK)
                  .forEach(answer -> rig.load().accept(Mix.HTTP, callId, answer));
              Set<String> answers =
                  all.stream()
                      .map(answer ->
                          answer.statusCode()
                              + " "
                              + answer
                                  .headers()
                                  .firstValue("X-Millrace-Execution-Id")
                                  .orElse("without an id")
                              + " "
                              + answer.body())
                      .collect(Collectors.toSet());
              faults.require(
                  answers.size() == 1 && answers.iterator().next().startsWith("200 "),
                  "deliveries of " + callId + " were answered differently: " + answers);
              rig.tell(
                  "%d: %d deliveries, %d different answers"
                      .formatted(number, all.size(), answers.size()));
              return Duration.ZERO;
            })
        .result();
  }

  private static List<HttpResponse<String>> deliver(Rig rig, String callId)
      throws IOException, InterruptedException {
    List<HttpResponse<String>> answers = new ArrayList<>();
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<HttpResponse<String>>> calls = new ArrayList<>();
      for (int i = 0; i < DELIVERIES; i++) {
        calls.add(
            callers.submit(
                () -> rig.load().post(Mix.HTTP, callId, 5, List.of("Idempotency-Key", callId))));
      }
      for (Future<HttpResponse<String>> call : calls) {
        try {
          answers.add(call.get());
        } catch (java.util.concurrent.ExecutionException failed) {
          throw new IOException("a delivery of " + callId + " was not answered", failed);
        }
      }
    }
    return answers;
  }
}
