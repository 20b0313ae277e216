package dev.millrace.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WrkTest {
  @Test
  void readsRatePercentilesAndErrors() {
    Wrk.Result result =
        Wrk.parse(
            """
            Running 5s test @ http://localhost:5679/webhook/w1
              1 threads and 50 connections
              Thread Stats   Avg      Stdev     Max   +/- Stdev
                Latency    20.50ms    3.00ms  80.00ms   90.00%
                Req/Sec     2.40k   100.00     2.60k    80.00%
              Latency Distribution
                 50%  500.00us
                 75%   22.00ms
                 90%   25.00ms
                 99%    1.20s
              12000 requests in 5.00s, 3.00MB read
              Socket errors: connect 1, read 2, write 0, timeout 3
              Non-2xx or 3xx responses: 4
            Requests/sec:   2400.12
            Transfer/sec:    600.00KB
            """);
    assertThat(result).isEqualTo(new Wrk.Result(12_000, 2400.12, 0.5, 1_200, 10));
  }
}
