// SPDX-License-Identifier: MIT

/** Messages of glibc in other languages. */
export const german: Readonly<Record<string, string>> = {
  "Operation not permitted": "Die Operation ist nicht erlaubt",
  "Permission denied": "Keine Berechtigung",
  "Invalid argument": "Das Argument ist ungültig",
  "No such file or directory": "Datei oder Verzeichnis nicht gefunden",
  "Operation not supported": "Die Operation wird nicht unterstützt",
  "Device or resource busy": "Das Gerät oder die Ressource ist belegt",
  "Argument list too long": "Die Argumentliste ist zu lang",
  "No such process": "Kein passender Prozess gefunden",
};
export const chinese: typeof german = {
  "Operation not permitted": "不允许的操作",
  "Permission denied": "权限不够",
  "Invalid argument": "无效的参数",
  "No such file or directory": "没有那个文件或目录",
  "Operation not supported": "不支持的操作",
  "Device or resource busy": "设备或资源忙",
};
