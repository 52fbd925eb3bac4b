/** Schemas of what is sent piece by piece, whose length nothing limits. */
export const FILE_CONTENT = {
  FileContent: { type: 'string', description: 'The content of a file, sent piece by piece.' },
  UploadedFile: { type: 'string', format: 'binary', description: 'A CSV file of orders, plain or gzip.' },
} as const;

/** The schema of a streamed text in the description of a route. */
export const fileContent = { $ref: '#/components/schemas/FileContent' } as const;

/** The schema of a form's file in the description of a route. */
export const uploadedFile = { $ref: '#/components/schemas/UploadedFile' } as const;
