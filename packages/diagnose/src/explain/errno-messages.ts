// SPDX-License-Identifier: MIT
import type { ErrnoName } from "@bpf-token/uapi";

/** The message of glibc, then messages of musl, Android, Go and the translations of glibc. */
export const errnoMessages: Readonly<Partial<Record<ErrnoName, string>>> = {
  EPERM:
    "Operation not permitted|(?:Die )?Operation(?: ist)? nicht erlaubt|Vorgang nicht zulässig|Opération non permise|Operación no permitida|Operação não permitida|Operazione non permessa|Bewerking niet toegestaan|Operacja niedozwolona|Operace není povolena|Операция не позволена|Операція не дозволена|İşleme izin verilmedi|不允许的操作|操作不允许|此項操作並不被允許|許可されていない操作です|명령을 허용하지 않음",
  EACCES:
    "Permission denied|Keine Berechtigung|Permission non accordée|Permiso denegado|Permissão negada|Permesso negato|Toegang geweigerd|Brak dostępu|Operace zamítnuta|Отказано в доступе|У доступі відмовлено|Erişim engellendi|权限不够|拒絕不符權限的操作|許可がありません|허가 거부",
  ENOENT:
    "No such file or directory|file does not exist|Datei oder Verzeichnis nicht gefunden|Aucun fichier ou dossier de ce (?:type|nom)|No existe el (?:fichero|archivo) o el directorio|Arquivo ou diretório (?:não encontrado|inexistente)|File o directory non esistente|Bestand of map bestaat niet|Nie ma takiego pliku ani katalogu|Нет такого файла или каталога|没有那个文件或目录|そのようなファイルやディレクトリはありません|그런 파일이나 디렉터리가 없습니다",
  EINVAL:
    "Invalid argument|(?:Das )?Argument(?: ist)? ungültig|Argument invalide|Argumento inválido|Argomento non valido|Ongeldig argument|(?:Błędny|Zły) argument|Недопустимый аргумент|无效的参数|無効な引数です|부적절한 인수",
  EBUSY:
    "Device or resource busy|(?<!or )Resource busy|Das Gerät oder die Ressource ist belegt|Périphérique ou ressource occupée?|Dispositivo o recurso ocupado|Dispositivo ou recurso está ocupado|Устройство или ресурс занято|设备或资源忙|デバイスもしくはリソースがビジー状態です",
  EEXIST:
    "File exists|file already exists|Die Datei existiert bereits|Le fichier existe|El (?:fichero|archivo) ya existe|Arquivo existe|Файл существует|文件已存在|ファイルが存在します",
  E2BIG:
    "Argument list too long|Die Argumentliste ist zu lang|Liste d'arguments trop longue|La lista de argumentos es demasiado larga|Список аргументов слишком длинный|参数列表过长|引数リストが長すぎます",
  EOPNOTSUPP:
    "Operation not supported|Die Operation wird nicht unterstützt|Opération non supportée|Operación no soportada|Operação não suportada|Операция не поддерживается|不支持的操作|サポートされていない操作です",
  ENOSYS:
    "Function not implemented|Invalid system call number|Die angeforderte Funktion ist nicht implementiert|Fonction non implantée|Función no implementada|Функция не реализована|函数未实现|関数は実装されていません",
  ENOMEM:
    "Cannot allocate memory|Out of memory(?!: Kill)|Nicht genügend Hauptspeicher verfügbar|Ne peut allouer de la mémoire|No se puede (?:asignar|reservar) memoria|Невозможно выделить память|无法分配内存|メモリを確保できません",
  EMFILE:
    "Too many open files|Zu viele offene Dateien|Trop de fichiers ouverts|Demasiados (?:ficheros|archivos) abiertos|Слишком много открытых файлов|打开的文件过多|開いているファイルが多すぎます",
  ENOSPC:
    "No space left on device|Auf dem Gerät ist kein Speicherplatz mehr verfügbar|Aucun espace disponible sur le périphérique|No queda espacio en el dispositivo|На устройстве не осталось свободного места|设备上没有空间|デバイスに空き領域がありません",
  ESRCH:
    "No such process|Kein passender Prozess gefunden|Aucun processus de ce type|No existe el proceso|Нет такого процесса|没有那个进程|そのようなプロセスはありません",
  EROFS:
    "Read-only file system|Das Dateisystem ist nur lesbar|Système de fichiers accessible en lecture seulement|Sistema de (?:ficheros|archivos) de sólo lectura|Файловая система доступна только для чтения|只读文件系统",
  EBADF: "Bad file descriptor|Ungültiger Dateideskriptor|Mauvais descripteur de fichier",
  ENODEV: "No such device(?! or)|Kein passendes Gerät gefunden|没有那个设备",
  ERANGE: "Numerical result out of range",
  EAGAIN: "Resource temporarily unavailable",
  EFAULT: "Bad address",
  EIO: "Input/output error",
  ENOBUFS: "No buffer space available",
};
