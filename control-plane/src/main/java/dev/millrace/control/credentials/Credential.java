package dev.millrace.control.credentials;

import dev.millrace.http.AllowedHosts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A credential without its fields: nothing here is secret.
 *
 * @param limits what calls with it are limited to; empty for none
 * @param sharedWith ids of other projects whose workflows may use it
 * @param version counts the changes by users, from 1
 */
record Credential(
    String id,
    String projectId,
    String name,
    String type,
    AllowedHosts allowedHosts,
    Map<String, @Nullable Object> limits,
    List<String> sharedWith,
    Instant createdAt,
    Instant updatedAt,
    long version) {}
