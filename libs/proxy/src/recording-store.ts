import { Injectable } from '@nestjs/common';
import { type RecordedMapping } from '@mock-server/engine';
import { FilesService, MockImportService } from '@mock-server/mocks';
import { type ChangeNote, type Workspace } from '@mock-server/workspaces';

/** Stores recorded mocks with their body files: files first, so that no mock is ever without its body. */
@Injectable()
export class RecordingStore {
  constructor(
    private readonly files: FilesService,
    private readonly imports: MockImportService,
  ) {}

  /** Newest exchange first; as in WireMock the mock of the oldest goes before the others. */
  async save(
    workspace: Workspace,
    recorded: readonly RecordedMapping[],
    { by, duplicatePolicy = 'OVERWRITE' }: { by: ChangeNote; duplicatePolicy?: 'OVERWRITE' | 'IGNORE' },
  ): Promise<void> {
    if (recorded.length === 0) return;
    for (const { file } of recorded) {
      if (file) await this.files.put(workspace, { name: file.name, content: Buffer.from(file.bytes) }, by);
    }
    const mappings = recorded.map(({ mapping }) => mapping).reverse();
    await this.imports.import(workspace, mappings, { duplicatePolicy, deleteAllNotInImport: false, by });
  }
}
