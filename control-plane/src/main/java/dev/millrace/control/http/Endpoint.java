package dev.millrace.control.http;

/**
 * One operation of the API.
 *
 * @param method such as {@code GET}
 * @param path with its parameters in braces, such as {@code /api/workflows/{id}}
 * @param id its name in the description of the API, such as {@code workflows.get}
 * @param summary one line for people
 */
public record Endpoint(
    String method, String path, String id, String summary, Access access, Handler handler) {}
