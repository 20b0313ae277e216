package dev.millrace.standalone.embedded;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The settings of the embedded PostgreSQL: those of a small server that loses nothing. */
final class PostgresSettings {
  private PostgresSettings() {}

  /** Every setting but the plain wiring says why it is not PostgreSQL's default. */
  static Map<String, String> of(int port) {
    Map<String, String> settings = new LinkedHashMap<>();
    // The loopback address only, and no socket in a folder that others can write.
    settings.put("listen_addresses", "127.0.0.1");
    settings.put("port", String.valueOf(port));
    settings.put("unix_socket_directories", "");

    // The defaults, named so that nothing in the data folder can weaken them: what was committed is
    // there after a power cut.
    settings.put("fsync", "on");
    settings.put("synchronous_commit", "on");
    settings.put("full_page_writes", "on");

    // The tables of a small installation fit, and the operating system keeps the rest; 128 MB by
    // default. It becomes resident as it is used.
    settings.put("shared_buffers", "64MB");
    // The pool has 10 connections, a second process and an operator's tools some more; 100 by
    // default, each with its place in shared memory.
    settings.put("max_connections", "40");
    // Building an index takes that much, and so does each of the autovacuum's workers; 64 MB by
    // default.
    settings.put("maintenance_work_mem", "32MB");
    // One query must not take all cores from the engine beside it.
    settings.put("max_parallel_workers_per_gather", "0");
    settings.put("max_parallel_maintenance_workers", "0");
    // Three processes that read ahead, by default: what is read here is in memory mostly.
    settings.put("io_method", "sync");
    // Nothing is replicated from here: one process less.
    settings.put("max_logical_replication_workers", "0");

    // The application is told of the errors of its statements. Here they would only carry what it
    // stores into a file: no statement and no value is ever logged.
    settings.put("log_min_messages", "log");
    settings.put("log_min_error_statement", "panic");
    settings.put("log_error_verbosity", "terse");
    settings.put("log_statement", "none");
    settings.put("log_min_duration_statement", "-1");
    settings.put("log_parameter_max_length", "0");
    settings.put("log_checkpoints", "off");
    settings.put("log_connections", "");
    settings.put("logging_collector", "off");
    settings.put("log_destination", "stderr");
    settings.put("log_timezone", "UTC");
    // What a list of processes shows.
    settings.put("cluster_name", "millrace");
    return settings;
  }

  /** The same as options of the server. */
  static List<String> options(int port) {
    List<String> options = new ArrayList<>();
    of(port)
        .forEach((name, value) -> {
          options.add("-c");
          options.add(name + "=" + value);
        });
    return options;
  }
}
