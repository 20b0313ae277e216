package dev.millrace.control.publicapi;

import dev.millrace.control.http.Call;
import dev.millrace.control.http.Endpoint;
import java.util.List;
import java.util.function.UnaryOperator;

/** The folders of projects. */
final class PublicFolders {
  private final FullApi full;

  PublicFolders(FullApi full) {
    this.full = full;
  }

  List<Endpoint> endpoints() {
    String all = "/projects/{projectId}/folders";
    String one = all + "/{folderId}";
    UnaryOperator<Call> in = FullApi.renamed("projectId", "id");
    return List.of(
        full.same("GET", all, "folders.list", "folders.list", in),
        full.same("POST", all, "folders.create", "folders.create", in),
        full.same("GET", one, "folders.get", "folders.get", in),
        full.same("PATCH", one, "folders.update", "folders.update", in),
        full.same("DELETE", one, "folders.delete", "folders.delete", in));
  }
}
