@echo off
rem The kit's command line without an activated environment: grade.cmd check
setlocal
if /i "%~1"=="setup" goto setup
if not exist "%~dp0.venv\Scripts\python.exe" goto missing
"%~dp0.venv\Scripts\python.exe" -m grading %*
exit /b %errorlevel%
:setup
cd /d "%~dp0"
py -m grading %*
exit /b %errorlevel%
:missing
echo The kit is not set up yet. In the folder %~dp0 type: grade.cmd setup 1>&2
exit /b 2
