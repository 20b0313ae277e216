package dev.millrace.error;

/**
 * Every error that Millrace reports, with a code that never changes and what the user can do. The
 * catalogue is closed: a new kind of failure gets a new constant here, and {@code docs/errors.md}
 * is generated from it.
 */
public enum ErrorCode {
  INVALID_JSON("MR-1001", Kind.USER, "Correct the JSON at the place named."),
  JSON_LIMIT("MR-1002", Kind.USER, "Send less deeply nested or smaller JSON."),
  UNREADABLE_FILE("MR-1003", Kind.USER, "Check the path, and that the file can be read."),
  INVALID_WORKFLOW("MR-1101", Kind.USER, "Export the workflow again, or correct the part named."),
  UNKNOWN_NODE_TYPE(
      "MR-1102", Kind.USER, "Replace the node or use a Millrace version that has its type."),
  NO_START_NODE("MR-1103", Kind.USER, "Add a trigger to the workflow or enable the one it has."),
  UNKNOWN_NODE("MR-1104", Kind.USER, "Use the name of a node that the workflow has."),
  MISSING_PARAMETER("MR-1105", Kind.USER, "Fill in the parameter named."),
  CALLER_REFUSED(
      "MR-1108",
      Kind.USER,
      "Let the workflow be called by this one in its settings, or call another."),
  WEBHOOK_CONFLICT("MR-1106", Kind.USER, "Change the path or method of one of the webhooks."),
  UNKNOWN_WORKFLOW("MR-1107", Kind.USER, "Publish the workflow, then start it again."),
  INVALID_SCHEDULE("MR-1110", Kind.USER, "Correct the rule of the trigger named."),
  INVALID_LIMITS("MR-1111", Kind.USER, "Correct the field named in the settings for limits."),
  EXPRESSION_SYNTAX("MR-1201", Kind.USER, "Correct the expression."),
  EXPRESSION_FAILED(
      "MR-1202", Kind.USER, "Check what the expression refers to and whether it has data."),
  EXPRESSION_FORBIDDEN("MR-1203", Kind.USER, "Remove what the sandbox does not allow."),
  CODE_FAILED("MR-1301", Kind.USER, "Correct the code at the line named."),
  CODE_TIMEOUT(
      "MR-1302", Kind.USER, "Make the code do less, or raise its time limit in the settings."),
  SCRIPT_MEMORY(
      "MR-1303",
      Kind.RESOURCE,
      "Hold less at a time, such as fewer items in each run, or give Millrace a larger heap."),
  NODE_FAILED("MR-1401", Kind.USER, "Check the node's input and parameters."),
  NODE_DEFECT(
      "MR-1402", Kind.INTERNAL, "Report it with the workflow; the execution can be retried."),
  STOPPED_BY_WORKFLOW("MR-1403", Kind.USER, "The workflow stopped itself with Stop and Error."),
  TASK_ABANDONED(
      "MR-1404",
      Kind.EXTERNAL,
      "Look for what stops the workers, then retry the execution; the call may have been made."),
  CIRCUIT_OPEN(
      "MR-1405",
      Kind.EXTERNAL,
      "Look at why the calls before failed; after the breaker's pause one is let through to try."),
  TOO_MANY_WAITING(
      "MR-1406", Kind.RESOURCE, "Start less at a time, or raise the limit named or how many wait."),
  BUDGET_EXCEEDED(
      "MR-1501",
      Kind.USER,
      "Give the loop an exit, or raise the budget in the workflow's settings that is named."),
  EXECUTION_CANCELED("MR-1502", Kind.USER, "Start it again if it should not have been stopped."),
  EXECUTION_TIMEOUT("MR-1503", Kind.USER, "Raise the workflow's time-out or make it do less."),
  BATCH_TOO_LARGE("MR-1504", Kind.RESOURCE, "Send fewer or smaller items at a time."),
  PROCESS_DIED(
      "MR-1505",
      Kind.RESOURCE,
      "Look for what takes the process down, often a node that needs too much memory, then start it"
          + " again."),
  UNKNOWN_EXECUTION(
      "MR-1506", Kind.USER, "Check the id; what is older than the events topic keeps is gone."),
  NOT_RETRYABLE("MR-1507", Kind.USER, "Do what the message says instead."),
  STATE_TOO_LARGE(
      "MR-1508",
      Kind.USER,
      "Keep less in static data, such as ids instead of whole items, or store it in a database."),
  INVALID_REQUEST(
      "MR-1601", Kind.USER, "Correct the URL, header or certificate named in the node."),
  ADDRESS_REFUSED(
      "MR-1602",
      Kind.USER,
      "Call a public address, or have the operator add the host or range to the allow-list."),
  MISSING_CREDENTIAL("MR-1603", Kind.USER, "Set up the credential that the node names."),
  CONNECTION_FAILED("MR-1604", Kind.EXTERNAL, "Check the host, and that the service runs."),
  NO_ANSWER_IN_TIME("MR-1605", Kind.EXTERNAL, "Try again later, or raise the node's time-out."),
  TLS_FAILED(
      "MR-1606", Kind.EXTERNAL, "Check the certificate of the service, or ignore it in the node."),
  TOO_MANY_REDIRECTS(
      "MR-1607", Kind.EXTERNAL, "Check the URL, or raise the number of redirects allowed."),
  RESPONSE_TOO_LARGE(
      "MR-1608", Kind.RESOURCE, "Ask for less at a time, or have the answer stored as a file."),
  SERVICE_ERROR("MR-1609", Kind.EXTERNAL, "Look at the status and body of the service's answer."),
  UNREADABLE_RESPONSE(
      "MR-1610", Kind.EXTERNAL, "Choose the response format that the service answers in."),
  FILE_TOO_LARGE("MR-1701", Kind.RESOURCE, "Use a smaller file, or raise the limit for files."),
  FILE_FORBIDDEN(
      "MR-1702",
      Kind.USER,
      "Use a path in one of the folders that workflows may use, or add its folder to the"
          + " settings."),
  UNSAFE_ARCHIVE(
      "MR-1703", Kind.USER, "Split the archive, or unpack it elsewhere if you trust its sender."),
  FILE_GONE("MR-1704", Kind.USER, "Run the workflow again from where the file was made."),
  UNREADABLE_RECORD(
      "MR-2001", Kind.EXTERNAL, "Look at the dead letter; produce the record with its schema."),
  UNKNOWN_SCHEMA("MR-2002", Kind.EXTERNAL, "Register the schema or produce with a known one."),
  INCOMPATIBLE_SCHEMA(
      "MR-2003",
      Kind.EXTERNAL,
      "Remove the foreign schema from the subject, or run the version of Millrace that wrote it."),
  BODY_TOO_LARGE("MR-3001", Kind.USER, "Send a smaller body or raise the limit."),
  UNSUPPORTED_BODY("MR-3002", Kind.USER, "Send the body in the form that its content type names."),
  NO_WEBHOOK("MR-3003", Kind.USER, "Check the path and that the workflow is active."),
  WRONG_METHOD("MR-3004", Kind.USER, "Use one of the methods listed."),
  UNAUTHORIZED("MR-3005", Kind.USER, "Send the credentials that the webhook asks for."),
  FORBIDDEN("MR-3006", Kind.USER, "Call from an address that the webhook allows."),
  OVERLOADED("MR-3007", Kind.RESOURCE, "Try again after the time in Retry-After."),
  REPLY_TIMEOUT(
      "MR-3008",
      Kind.RESOURCE,
      "The execution goes on; look it up by its id, or call again with the same Idempotency-Key."),
  MALFORMED_REQUEST(
      "MR-3009", Kind.USER, "Send a request as HTTP/1.1 has it, with shorter headers or URL."),
  NOT_WAITING(
      "MR-3010",
      Kind.USER,
      "Do nothing if it was resumed before; otherwise look up where the execution stands."),
  BROKER_UNAVAILABLE("MR-4001", Kind.EXTERNAL, "Check that Kafka runs and can be reached."),
  REGISTRY_UNAVAILABLE(
      "MR-4002", Kind.EXTERNAL, "Check that the schema registry runs and that its URL is right."),
  DATA_IN_USE("MR-4003", Kind.USER, "Stop the other process, or name another folder with --data."),
  PORT_IN_USE("MR-4004", Kind.USER, "Stop the other program, or name another port with --port."),
  OBJECT_STORE_UNAVAILABLE(
      "MR-4005",
      Kind.EXTERNAL,
      "Check that the object store runs, its address and bucket, and that the keys may use it; then"
          + " run it again."),
  DATABASE_UNAVAILABLE(
      "MR-4006",
      Kind.EXTERNAL,
      "Check that PostgreSQL runs, its address and password, and that no newer version used it."),
  REDIS_UNAVAILABLE(
      "MR-4007", Kind.EXTERNAL, "Check that Redis runs, its address, and its password."),
  NOT_SIGNED_IN("MR-5001", Kind.USER, "Sign in again, or send an API key that is valid."),
  NOT_ALLOWED("MR-5002", Kind.USER, "Ask an admin for a role, or use a key, that may do this."),
  INVALID_INPUT("MR-5003", Kind.USER, "Correct the field named."),
  NOT_FOUND("MR-5004", Kind.USER, "Check the id, and that you belong to the project."),
  CONFLICT("MR-5005", Kind.USER, "Read what is there now, then make the change again."),
  TOO_MANY_REQUESTS("MR-5006", Kind.USER, "Try again after the time in Retry-After."),
  HISTORY_SEARCH_TOO_BROAD(
      "MR-5020", Kind.RESOURCE, "Narrow the search, such as to a workflow or a shorter time."),
  HISTORY_RECORD_REFUSED(
      "MR-5021",
      Kind.INTERNAL,
      "Report it with the log around this time; the events of the execution are in the topic."),
  HISTORY_POSITION_MOVED(
      "MR-5022",
      Kind.INTERNAL,
      "Do nothing: another control plane projects, and this one begins again."),
  CREDENTIALS_UNAVAILABLE(
      "MR-5040",
      Kind.EXTERNAL,
      "Check that the control plane and its database run, then retry the execution."),
  CREDENTIAL_UNREADABLE(
      "MR-5041",
      Kind.EXTERNAL,
      "Give Millrace the encryption key that the credential was written with, or enter it again."),
  ENCRYPTION_KEY_UNUSABLE(
      "MR-5042",
      Kind.EXTERNAL,
      "Correct the encryption key or the place that it comes from, as the message says."),
  OAUTH_STATE_INVALID("MR-5043", Kind.USER, "Begin to connect the credential again."),
  OAUTH_FAILED(
      "MR-5044",
      Kind.EXTERNAL,
      "Check the URLs, id, secret and scope of the credential, then connect it again."),
  SECRET_UNRESOLVED(
      "MR-5045",
      Kind.EXTERNAL,
      "Check the name of the secret, and that the store of secrets runs and may be read."),
  HOST_NOT_ALLOWED(
      "MR-5046",
      Kind.USER,
      "Call a host that the credential allows, or have its owner add the host to it."),
  LEASE_REFUSED(
      "MR-5047",
      Kind.USER,
      "Give the worker the key of this installation, and check that the clocks agree."),
  DATA_TABLES_FULL(
      "MR-5100",
      Kind.RESOURCE,
      "Delete rows or tables that nobody needs, or have the operator raise the limit."),
  WRONG_CODE(
      "MR-5120",
      Kind.USER,
      "Enter the code that the authenticator shows now, or a recovery code that was not used."),
  SIGN_IN_REFUSED("MR-5121", Kind.USER, "Begin to sign in again, or ask an admin for an account."),
  SIGN_IN_PROVIDER_FAILED(
      "MR-5122",
      Kind.EXTERNAL,
      "Check that the identity provider can be reached, and its settings: issuer, id and secret."),
  MAIL_FAILED(
      "MR-5123",
      Kind.EXTERNAL,
      "Check that the mail server runs, and the settings it is named in."),
  STORED_SECRET_UNREADABLE(
      "MR-5124",
      Kind.EXTERNAL,
      "Give Millrace the installation key that it had before, or set up anew what is named."),
  UNSUPPORTED_MEDIA_TYPE("MR-5160", Kind.USER, "Send it with content-type: application/json."),
  SERVER_UNREACHABLE(
      "MR-5140", Kind.EXTERNAL, "Start the server, or name another one by --url or MILLRACE_URL."),
  ANSWER_UNREADABLE(
      "MR-5141",
      Kind.EXTERNAL,
      "Check that the address is the one of the server itself, and what stands between."),
  PROFILES_UNUSABLE("MR-5142", Kind.EXTERNAL, "Put right what the message says, or sign in again."),
  WRONG_USE("MR-5143", Kind.USER, "Look at what the command says with --help."),
  LIVE_STATE_UNAVAILABLE(
      "MR-5060",
      Kind.EXTERNAL,
      "Try again in a moment; if it lasts, check that the engines run and can be reached."),
  TOO_MANY_STREAMS("MR-5061", Kind.USER, "Close a stream that is not needed any more."),
  STREAM_CUT(
      "MR-5062",
      Kind.RESOURCE,
      "Connect again; ask for less, such as one workflow or no data, if it happens again."),
  INTERNAL("MR-9001", Kind.INTERNAL, "Report it with the log around this time.");

  /** Who can do something about the error. */
  public enum Kind {
    USER,
    EXTERNAL,
    RESOURCE,
    INTERNAL
  }

  private final String code;
  private final Kind kind;
  private final String advice;

  ErrorCode(String code, Kind kind, String advice) {
    this.code = code;
    this.kind = kind;
    this.advice = advice;
  }

  /** The stable code, such as {@code MR-1001}. */
  public String code() {
    return code;
  }

  public Kind kind() {
    return kind;
  }

  /** One sentence that tells the user what to do. */
  public String advice() {
    return advice;
  }
}
